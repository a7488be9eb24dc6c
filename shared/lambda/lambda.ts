import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceUnavailable } from './errors.ts';
import { once } from './once.ts';

const lambda = once(() => new LambdaClient({ maxAttempts: 3 }));

/**
 * Calls another function and waits for its answer. A call like this is stored nowhere, unlike the state of an execution.
 * @throws {ServiceUnavailable} when the function fails, with its error; the SDK's errors otherwise.
 */
export async function invokeFunction(functionName: string, payload: unknown): Promise<unknown> {
  const { FunctionError, Payload } = await lambda().send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
  );
  const answer: unknown = JSON.parse(Payload?.transformToString() || 'null');
  if (FunctionError === undefined) return answer;
  const { errorType, errorMessage } = (answer ?? {}) as { errorType?: string; errorMessage?: string };
  throw new ServiceUnavailable(`${functionName}: ${errorType ?? FunctionError}: ${errorMessage ?? ''}`);
}
