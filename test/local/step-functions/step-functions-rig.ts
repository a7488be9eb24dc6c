import { SFNClient } from '@aws-sdk/client-sfn';
import type { AuthorizationRequest, FunctionResult } from '../../../infra/local/deployer/registrars.ts';
import type { BusEvent } from '../../../infra/local/event-bridge/bus-event.ts';
import type { ExecutionRecord } from '../../../infra/local/step-functions/execution-record.ts';
import {
  type StepFunctions,
  startStepFunctions,
} from '../../../infra/local/step-functions/step-functions.ts';

/** Stands for a Lambda function: what it returns is its answer, what it throws its error. */
type FakeFunction = (event: never) => unknown;

export interface StepFunctionsRig {
  readonly stepFunctions: StepFunctions;
  readonly client: SFNClient;
  readonly functions: Record<string, FakeFunction>;
  readonly asked: AuthorizationRequest[];
  readonly denied: Set<string>;
  readonly busEvents: BusEvent[];
  register(name: string, definition: object): string;
  /** Starts an execution of a machine and waits for its end. */
  run(machineArn: string, input?: unknown, name?: string): Promise<ExecutionRecord>;
  /** Registers a machine under a name of its own and runs it once. */
  runOnce(definition: object, input?: unknown): Promise<ExecutionRecord>;
  close(): Promise<void>;
}

/** Function ARN as in a template. */
export function functionArn(name: string): string {
  return `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
}

class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}

/** The stand-in with functions of the test's own: the Lambda host is tested elsewhere. */
export async function startStepFunctionsRig(
  scaling: { timeScale?: number; scaleTimeouts?: boolean } = {},
): Promise<StepFunctionsRig> {
  const functions: Record<string, FakeFunction> = {};
  const asked: AuthorizationRequest[] = [];
  const denied = new Set<string>();
  const busEvents: BusEvent[] = [];
  const ended = new Map<string, (record: ExecutionRecord) => void>();
  const stepFunctions = await startStepFunctions({
    region: 'eu-central-1',
    timeScale: scaling.timeScale ?? 1000,
    scaleTimeouts: scaling.scaleTimeouts ?? false,
    authorize: (request) => {
      asked.push(request);
      if (denied.has(request.action)) {
        throw new AccessDenied(`User: ${request.principal} is not authorized to perform: ${request.action}`);
      }
    },
    functions: { invoke: (arn, payload) => invoke(functions, arn, payload), invokeAsync: () => {} },
    emit: (event) => busEvents.push(event),
  });
  stepFunctions.onExecutionEnded((record) => ended.get(record.executionArn)?.(record));
  const client = new SFNClient({
    endpoint: stepFunctions.address,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
  let machines = 0;
  const register = (name: string, definition: object) => {
    const arn = `arn:aws:states:eu-central-1:123456789012:stateMachine:${name}`;
    stepFunctions.registerStateMachine({
      name,
      arn,
      roleArn: `arn:aws:iam::123456789012:role/${name}`,
      definition: JSON.stringify(definition),
      type: 'STANDARD',
    });
    return arn;
  };
  const run = (machineArn: string, input: unknown = {}, name?: string) =>
    new Promise<ExecutionRecord>((resolve) => {
      const record = stepFunctions.startExecution({
        stateMachineArn: machineArn,
        input: JSON.stringify(input),
        ...(name === undefined ? {} : { name }),
      });
      ended.set(record.executionArn, resolve);
    });
  return {
    stepFunctions,
    client,
    functions,
    asked,
    denied,
    busEvents,
    register,
    run,
    runOnce: (definition, input) => {
      machines += 1;
      return run(register(`machine-${machines}`, definition), input);
    },
    close: async () => {
      client.destroy();
      await stepFunctions.close();
    },
  };
}

async function invoke(
  functions: Record<string, FakeFunction>,
  arn: string,
  payload: string,
): Promise<FunctionResult> {
  const implementation = functions[arn.split(':').at(-1) ?? ''];
  if (implementation === undefined) {
    throw Object.assign(new Error(`Function not found: ${arn}`), { name: 'ResourceNotFoundException' });
  }
  try {
    const answer = await implementation(JSON.parse(payload) as never);
    return { payload: JSON.stringify(answer ?? null) };
  } catch (error) {
    const { name, message } = error as Error;
    return {
      payload: JSON.stringify({ errorType: name, errorMessage: message, trace: [`${name}: ${message}`] }),
      functionError: 'Unhandled',
    };
  }
}

/** An error with the name that a function of the template would give it. */
export function named(name: string, message = 'told to fail'): Error {
  return Object.assign(new Error(message), { name });
}
