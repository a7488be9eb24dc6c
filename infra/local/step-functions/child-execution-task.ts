import type { Authorize } from '../deployer/registrars.ts';
import type { ExecutionRecord } from './execution-record.ts';
import { serviceFailure } from './function-task.ts';
import { TaskFailure } from './task-errors.ts';

/** What a state machine needs to run another one. */
export interface ChildExecutionServices {
  readonly authorize: Authorize;
  startExecution(request: {
    readonly stateMachineArn: string;
    readonly input: string;
    readonly name?: string;
  }): ExecutionRecord;
  /** Resolves with the record when the execution has ended. */
  untilEnded(executionArn: string): Promise<ExecutionRecord>;
  stopExecution(executionArn: string, error: string, cause: string): void;
}

interface StartParameters {
  readonly StateMachineArn?: unknown;
  readonly Input?: unknown;
  readonly Name?: unknown;
}

/**
 * `states:startExecution`: starts the child as the parent's role.
 * @throws TaskFailure `StepFunctions.<exception>` as Step Functions names the refusal
 */
export function startChild(
  services: ChildExecutionServices,
  roleArn: string,
  parameters: unknown,
): ExecutionRecord {
  const { StateMachineArn, Input, Name } = (parameters ?? {}) as StartParameters;
  if (typeof StateMachineArn !== 'string') {
    throw new TaskFailure('States.Runtime', "The Parameters of startExecution have no 'StateMachineArn'");
  }
  try {
    services.authorize({
      principal: roleArn,
      action: 'states:StartExecution',
      resource: StateMachineArn,
    });
    return services.startExecution({
      stateMachineArn: StateMachineArn,
      input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}),
      ...(typeof Name === 'string' ? { name: Name } : {}),
    });
  } catch (error) {
    throw serviceFailure('StepFunctions', 'AWSStepFunctionsException', error);
  }
}

/** The rule by which Step Functions hears of the end of a child; the parent's role must be allowed to keep it. */
const childEventsRule = 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule';
const childEventsActions = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'];

/**
 * `states:startExecution.sync:2`: waits for the child; its input and output come back parsed. When the task is
 * abandoned the child is stopped.
 * @throws TaskFailure `States.TaskFailed` with the child's description when it did not succeed
 */
export async function runChild(
  services: ChildExecutionServices,
  roleArn: string,
  parameters: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const started = startChild(services, roleArn, parameters);
  const access = { principal: roleArn, resource: started.executionArn };
  const stop = () =>
    services.stopExecution(started.executionArn, 'States.Aborted', 'The parent execution has ended');
  try {
    services.authorize({ ...access, action: 'states:DescribeExecution' });
    services.authorize({ ...access, action: 'states:StopExecution' });
    // AWS asks for these when the state machine is created.
    const [, , , region, accountId] = started.executionArn.split(':');
    const resource = `arn:aws:events:${region}:${accountId}:${childEventsRule}`;
    for (const action of childEventsActions) services.authorize({ ...access, action, resource });
  } catch (error) {
    stop();
    throw serviceFailure('StepFunctions', 'AWSStepFunctionsException', error);
  }
  signal.addEventListener('abort', stop, { once: true });
  const child = await services.untilEnded(started.executionArn);
  signal.removeEventListener('abort', stop);
  const description = describeChild(child);
  if (child.status !== 'SUCCEEDED') throw new TaskFailure('States.TaskFailed', JSON.stringify(description));
  return {
    ...description,
    Input: JSON.parse(child.input),
    Output: JSON.parse(child.output ?? 'null'),
  };
}

function describeChild(child: ExecutionRecord) {
  return {
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ExecutionArn: child.executionArn,
    Input: child.input,
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output === undefined ? {} : { Output: child.output, OutputDetails: { Included: true } }),
    RedriveCount: 0,
    StartDate: child.startDate.getTime(),
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    StopDate: child.stopDate?.getTime(),
  };
}
