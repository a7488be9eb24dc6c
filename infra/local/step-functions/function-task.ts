import type { Authorize, FunctionInvoker, FunctionResult } from '../deployer/registrars.ts';
import { TaskFailure } from './task-errors.ts';

/** What an invocation by a state machine needs. */
export interface FunctionTaskServices {
  readonly functions: FunctionInvoker;
  readonly authorize: Authorize;
}

/**
 * Invokes a function as the machine's role and gives back its parsed answer.
 * @throws TaskFailure with the function's `errorType` and, as the cause, its error payload; or `Lambda.<exception>`
 *   when the invocation itself failed
 */
export async function invokeFunction(
  services: FunctionTaskServices,
  roleArn: string,
  functionArn: string,
  payload: unknown,
): Promise<unknown> {
  const result = await invoke(services, roleArn, functionArn, payload);
  if (result.functionError === undefined) return JSON.parse(result.payload);
  const { errorType } = JSON.parse(result.payload) as { errorType?: string };
  throw new TaskFailure(errorType ?? 'Lambda.Unknown', result.payload);
}

/** Parameters of `arn:aws:states:::lambda:invoke`. */
interface InvokeParameters {
  readonly FunctionName?: unknown;
  readonly Payload?: unknown;
}

/** The optimized integration `lambda:invoke`: the answer lies under `Payload`. */
export async function invokeByParameters(
  services: FunctionTaskServices,
  roleArn: string,
  parameters: unknown,
): Promise<unknown> {
  const { FunctionName, Payload } = (parameters ?? {}) as InvokeParameters;
  if (typeof FunctionName !== 'string') {
    throw new TaskFailure('States.Runtime', "The Parameters of lambda:invoke have no 'FunctionName'");
  }
  const functionArn = FunctionName.replace(/:\$LATEST$/, '');
  const answer = await invokeFunction(services, roleArn, functionArn, Payload ?? {});
  return { ExecutedVersion: '$LATEST', Payload: answer, StatusCode: 200 };
}

async function invoke(
  services: FunctionTaskServices,
  roleArn: string,
  functionArn: string,
  payload: unknown,
): Promise<FunctionResult> {
  try {
    services.authorize({
      principal: roleArn,
      action: 'lambda:InvokeFunction',
      resource: functionArn,
    });
    return await services.functions.invoke(functionArn, JSON.stringify(payload));
  } catch (error) {
    throw serviceFailure('Lambda', 'AWSLambdaException', error);
  }
}

/**
 * A service's exception as Step Functions names it: those of the service's model by their name, others (access
 * denied among them) by the base exception of the service.
 */
export function serviceFailure(service: string, baseException: string, error: unknown): TaskFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = codeOf(error) ?? name;
  if (code.startsWith('AccessDenied')) {
    const cause = `${message} (Service: ${service}; Status Code: 403; Error Code: AccessDeniedException)`;
    return new TaskFailure(`${service}.${baseException}`, cause);
  }
  const exception = code === 'Error' ? 'Unknown' : code.replace(/(Exception)?$/, 'Exception');
  return new TaskFailure(`${service}.${exception}`, message);
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
