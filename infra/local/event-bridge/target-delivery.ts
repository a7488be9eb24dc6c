import { setTimeout as delay } from 'node:timers/promises';
import type { Authorize, FunctionInvoker, MessageSender, TargetRetryPolicy } from '../deployer/registrars.ts';

/** The services that targets live in. */
export interface TargetServices {
  readonly authorize: Authorize;
  readonly functions: FunctionInvoker;
  readonly messages: MessageSender;
  /** Starts an execution with the given JSON text; the caller is authorized already. */
  startExecution(request: { readonly stateMachineArn: string; readonly input: string }): unknown;
}

/** One event on its way to one target. */
export interface Delivery {
  /** ARN of the rule or schedule. */
  readonly sourceArn: string;
  /** Who acts when the target names no role, e.g. `events.amazonaws.com`. */
  readonly service: string;
  readonly targetArn: string;
  readonly roleArn?: string;
  /** Text that the target receives. */
  readonly input: string;
  readonly retryPolicy?: TargetRetryPolicy;
  readonly deadLetterQueueArn?: string;
}

/** A delivery that was given up, whether it reached a dead-letter queue or not. */
export interface FailedDelivery {
  readonly delivery: Delivery;
  readonly attempts: number;
  readonly error: Error;
  readonly deadLettered: boolean;
}

/** A target of a kind that the laptop does not deliver to. */
class UnsupportedTarget extends Error {
  override readonly name = 'UnsupportedTarget';

  constructor(arn: string) {
    super(`The laptop delivers events to state machines, functions, queues and topics, not to '${arn}'`);
  }
}

type TargetKind = 'stateMachine' | 'function' | 'queue' | 'topic';

/** @throws UnsupportedTarget */
export function targetKind(arn: string): TargetKind {
  if (/^arn:[^:]+:states:[^:]*:\d*:stateMachine:/.test(arn)) return 'stateMachine';
  if (/^arn:[^:]+:lambda:[^:]*:\d*:function:/.test(arn)) return 'function';
  if (/^arn:[^:]+:sqs:/.test(arn)) return 'queue';
  if (/^arn:[^:]+:sns:/.test(arn)) return 'topic';
  throw new UnsupportedTarget(arn);
}

const actions: Readonly<Record<TargetKind, string>> = {
  stateMachine: 'states:StartExecution',
  function: 'lambda:InvokeFunction',
  queue: 'sqs:SendMessage',
  topic: 'sns:Publish',
};

/** EventBridge tries for a day or 185 times, whichever comes first, unless the target says less. */
const defaultRetries = 185;
const defaultAgeSeconds = 86_400;

/**
 * Delivers with the retries of the target's policy, their pauses divided by `timeScale`, then to its dead-letter
 * queue. Resolves with the failure when it was given up; never rejects. A refused permission is not retried.
 */
export async function deliver(
  delivery: Delivery,
  services: TargetServices,
  timeScale: number,
  signal: AbortSignal,
): Promise<FailedDelivery | undefined> {
  const retries = delivery.retryPolicy?.maximumRetryAttempts ?? defaultRetries;
  const ageMillis = ((delivery.retryPolicy?.maximumEventAgeSeconds ?? defaultAgeSeconds) * 1000) / timeScale;
  const startedMillis = Date.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send(delivery, services, signal);
      return undefined;
    } catch (error) {
      const isOver =
        attempt > retries ||
        Date.now() - startedMillis > ageMillis ||
        isPermanent(error as Error) ||
        signal.aborted;
      if (isOver) return giveUp(delivery, services, attempt, error as Error);
    }
    const pauseMillis = Math.min(1000 * 2 ** (attempt - 1), 60_000) / timeScale;
    // An abort ends the pause: the next attempt then is the last.
    await delay(pauseMillis, undefined, { signal }).catch(() => {});
  }
}

async function send(delivery: Delivery, services: TargetServices, signal: AbortSignal): Promise<void> {
  const kind = targetKind(delivery.targetArn);
  services.authorize({
    principal: delivery.roleArn ?? delivery.service,
    action: actions[kind],
    resource: delivery.targetArn,
    ...(delivery.roleArn === undefined ? { sourceArn: delivery.sourceArn } : {}),
  });
  switch (kind) {
    case 'stateMachine':
      services.startExecution({ stateMachineArn: delivery.targetArn, input: delivery.input });
      return;
    case 'function':
      await unlessAborted(services.functions.invokeAsync(delivery.targetArn, delivery.input), signal);
      return;
    case 'queue':
      await services.messages.sendToQueue(delivery.targetArn, delivery.input);
      return;
    case 'topic':
      await services.messages.publishToTopic(delivery.targetArn, { body: delivery.input });
  }
}

/** A function may outlast the bus: its event is accepted, so closing does not wait for it. */
async function unlessAborted(work: void | Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopWaiting = () => resolve();
  signal.addEventListener('abort', stopWaiting, { once: true });
  if (signal.aborted) resolve();
  await Promise.race([work, promise]);
  signal.removeEventListener('abort', stopWaiting);
}

/** Failures that no further attempt can mend: EventBridge sends them to the dead-letter queue at once. */
function isPermanent(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : error.name;
  return /^AccessDenied|^ResourceNotFound|DoesNotExist$|^UnsupportedTarget$/.test(code);
}

async function giveUp(
  delivery: Delivery,
  services: TargetServices,
  attempts: number,
  error: Error,
): Promise<FailedDelivery> {
  const { deadLetterQueueArn } = delivery;
  const failure = { delivery, attempts, error };
  if (deadLetterQueueArn === undefined) return { ...failure, deadLettered: false };
  try {
    services.authorize({
      principal: delivery.service,
      action: 'sqs:SendMessage',
      resource: deadLetterQueueArn,
      sourceArn: delivery.sourceArn,
    });
    await services.messages.sendToQueue(deadLetterQueueArn, delivery.input);
    return { ...failure, deadLettered: true };
  } catch (deadLetterError) {
    return {
      ...failure,
      error: new AggregateError(
        [error, deadLetterError],
        `${error.message}; and its dead-letter queue failed`,
      ),
      deadLettered: false,
    };
  }
}
