import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { once } from './once.ts';

const stepFunctions = once(() => new SFNClient({ maxAttempts: 3 }));

/** Starts an execution; the same name with the same input starts none twice. Gives its ARN. Throws the SDK's errors. */
export async function startExecution(stateMachineArn: string, name: string, input: unknown): Promise<string> {
  const { executionArn } = await stepFunctions().send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
  );
  return executionArn ?? '';
}

/** Whether an execution runs now; one that Step Functions no longer knows does not. Throws the SDK's errors. */
export async function isExecutionRunning(executionArn: string): Promise<boolean> {
  try {
    const { status } = await stepFunctions().send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return false;
    throw error;
  }
}

/** Whether the task that waited is gone: it was answered, timed out, or its execution ended. */
export class TaskGone extends Error {
  override readonly name = 'TaskGone';
}

/** Lets a waiting task go on with `output`. @throws {TaskGone} */
export async function sendTaskSuccess(taskToken: string, output: unknown): Promise<void> {
  await answer(() =>
    stepFunctions().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
  );
}

/** Fails a waiting task with a named error. @throws {TaskGone} */
export async function sendTaskFailure(taskToken: string, error: string, cause: string): Promise<void> {
  await answer(() => stepFunctions().send(new SendTaskFailureCommand({ taskToken, error, cause })));
}

async function answer(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const { name } = error as Error;
    if (name === 'TaskTimedOut' || name === 'TaskDoesNotExist' || name === 'InvalidToken') {
      throw new TaskGone(`The waiting task is gone: ${name}`, { cause: error });
    }
    throw error;
  }
}
