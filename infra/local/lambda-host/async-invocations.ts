import { randomUUID } from 'node:crypto';
import type { Authorize, FunctionResult, MessageSender } from '../deployer/registrars.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionPool } from './function-pool.ts';
import { TooManyRequests } from './lambda-error.ts';

/** The asynchronous side of Lambda: events are accepted at once, retried, and in the end handed to a destination. */
export interface AsyncInvocations {
  /** @returns when the event is processed or given up; it never rejects. */
  accept(pool: FunctionPool, event: string): Promise<void>;
  close(): void;
}

export interface AsyncOptions {
  readonly messages: MessageSender;
  readonly authorize: Authorize;
  /** Divides the waits between attempts. */
  readonly timeScale: number;
  /** Told of an event that was lost, or whose failure could not be delivered. */
  readonly onLost: (functionName: string, reason: string) => void;
}

/** Lambda waits one minute before the second attempt and two before the third ("Error handling, asynchronous"). */
const retryDelaysMillis = [60_000, 120_000];
const throttledDelayMillis = 1_000;

export function createAsyncInvocations(options: AsyncOptions): AsyncInvocations {
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  function pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, millis / options.timeScale);
      timers.add(timer);
    });
  }

  async function run(pool: FunctionPool, event: string): Promise<void> {
    const requestId = randomUUID();
    const retries = pool.definition.onAsyncFailure?.maximumRetryAttempts ?? 2;
    for (let attempt = 0; !closed; attempt += 1) {
      const result = await invokeWhenAllowed(pool, event, requestId);
      if (!result?.functionError) {
        return;
      }
      if (attempt >= retries) {
        return handOver(pool.definition, { requestId, event, result, attempts: attempt + 1 });
      }
      await pause(retryDelaysMillis[attempt] ?? 120_000);
    }
  }

  /** A throttled event does not use up an attempt: Lambda keeps it in its queue. */
  async function invokeWhenAllowed(pool: FunctionPool, event: string, requestId: string) {
    while (!closed) {
      try {
        return await pool.invoke(event, requestId);
      } catch (error) {
        if (!(error instanceof TooManyRequests)) {
          throw error;
        }
        await pause(throttledDelayMillis);
      }
    }
    return undefined;
  }

  async function handOver(definition: FunctionDefinition, failed: FailedEvent): Promise<void> {
    const { destinationArn, deadLetterArn } = definition.onAsyncFailure ?? {};
    if (destinationArn) {
      await send(definition, destinationArn, JSON.stringify(destinationRecord(definition, failed)));
    }
    if (deadLetterArn) {
      await send(definition, deadLetterArn, failed.event);
    }
    if (!destinationArn && !deadLetterArn) {
      options.onLost(definition.name, `failed ${failed.attempts} times: ${failed.result.payload}`);
    }
  }

  async function send(definition: FunctionDefinition, targetArn: string, body: string): Promise<void> {
    const isQueue = targetArn.split(':')[2] === 'sqs';
    const action = isQueue ? 'sqs:SendMessage' : 'sns:Publish';
    options.authorize({ principal: definition.roleArn, action, resource: targetArn });
    await (isQueue
      ? options.messages.sendToQueue(targetArn, body)
      : options.messages.publishToTopic(targetArn, { body }));
  }

  return {
    async accept(pool, event) {
      try {
        await run(pool, event);
      } catch (error) {
        options.onLost(pool.definition.name, String(error));
      }
    },
    close() {
      closed = true;
      for (const timer of timers) {
        clearTimeout(timer);
      }
    },
  };
}

interface FailedEvent {
  readonly requestId: string;
  readonly event: string;
  readonly result: FunctionResult;
  readonly attempts: number;
}

/** Lambda developer guide, "Capturing records of asynchronous invocations". */
function destinationRecord(definition: FunctionDefinition, failed: FailedEvent): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: failed.requestId,
      functionArn: `${definition.arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: failed.attempts,
    },
    requestPayload: JSON.parse(failed.event) as unknown,
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: failed.result.functionError,
    },
    responsePayload: JSON.parse(failed.result.payload) as unknown,
  };
}
