import type { AdaptedInput } from './adapt-definition.ts';
import { type ChildExecutionServices, runChild, startChild } from './child-execution-task.ts';
import { type FunctionTaskServices, invokeByParameters, invokeFunction } from './function-task.ts';
import type { AslState } from './states-language.ts';
import { TaskAbandoned, TaskFailure, TerminalFailure, timeoutFailure } from './task-errors.ts';
import type { TaskAttempt } from './task-events.ts';
import { parseTaskResource, type TaskResource, waitsForToken } from './task-resource.ts';
import type { TaskTokens } from './task-tokens.ts';

/** Largest input or output of a task, as the quotas of Step Functions have it. */
const payloadLimitBytes = 256 * 1024;
/** Node fires a longer timer at once. */
const longestTimerMillis = 2_147_483_647;

/** How fast the laptop's clock runs against the real one. */
export interface TimeScaling {
  /** Divides waits and retry intervals. */
  readonly timeScale: number;
  /** Whether the deadlines of tasks that wait for a token (approvals) are divided too. */
  readonly scaleTimeouts: boolean;
}

export interface StateRunnerServices extends FunctionTaskServices, ChildExecutionServices {
  readonly tokens: TaskTokens;
  readonly scaling: TimeScaling;
}

/** One turn of a state that this runtime carries out itself. */
export interface StateTurn {
  readonly state: AslState;
  readonly input: AdaptedInput;
  readonly roleArn: string;
  /** The value of `$$.Task.Token` in the state's Parameters. */
  readonly token: string;
  /** Aborted when the execution or the branch is over. */
  readonly signal: AbortSignal;
  /** Told of each attempt of a Task before it begins. */
  note(attempt: TaskAttempt): void;
}

/** Carries out a Task, a Wait or a constant Pass. @throws TaskFailure as the state machine's Retry and Catch see it */
export async function runState(turn: StateTurn, services: StateRunnerServices): Promise<unknown> {
  if (turn.state.Type === 'Pass') return turn.state.Result;
  if (turn.state.Type === 'Wait') {
    await delay(waitMillis(turn, services.scaling), turn.signal);
    return turn.input.arguments;
  }
  const resource = parseTaskResource(String(turn.state.Resource));
  if (resource === undefined) throw new TerminalFailure('States.Runtime', 'The resource is not supported');
  return runTask(turn, resource, services);
}

async function runTask(turn: StateTurn, resource: TaskResource, services: StateRunnerServices) {
  const deadlineSeconds = turn.input.timeoutSeconds ?? (turn.state.TimeoutSeconds as number | undefined);
  const attempt: TaskAttempt = {
    resource: String(turn.state.Resource),
    input: turn.input.arguments,
    ...(deadlineSeconds === undefined ? {} : { timeoutSeconds: deadlineSeconds }),
  };
  turn.note(attempt);
  assertSize(turn.input.arguments, 'input');
  const divisor = waitsForToken(resource) && services.scaling.scaleTimeouts ? services.scaling.timeScale : 1;
  const output = await withDeadline(
    turn.signal,
    deadlineSeconds === undefined ? undefined : (deadlineSeconds * 1000) / divisor,
    (signal) => perform(turn, resource, services, signal),
  );
  assertSize(output, 'output');
  attempt.output = output;
  return output;
}

function perform(
  turn: StateTurn,
  resource: TaskResource,
  services: StateRunnerServices,
  signal: AbortSignal,
): Promise<unknown> {
  const { roleArn } = turn;
  const argument = turn.input.arguments;
  switch (resource.kind) {
    case 'function':
      return invokeFunction(services, roleArn, resource.functionArn, argument);
    case 'invoke':
      return resource.waitsForToken
        ? untilAnswered(turn.token, services.tokens, signal, () =>
            invokeByParameters(services, roleArn, argument),
          )
        : invokeByParameters(services, roleArn, argument);
    case 'startExecution':
      if (resource.wait === 'child') return runChild(services, roleArn, argument, signal);
      if (resource.wait === 'token') {
        return untilAnswered(turn.token, services.tokens, signal, async () =>
          startChild(services, roleArn, argument),
        );
      }
      return startOnly(turn, services);
  }
}

async function startOnly(turn: StateTurn, services: StateRunnerServices) {
  const child = startChild(services, turn.roleArn, turn.input.arguments);
  return { ExecutionArn: child.executionArn, StartDate: child.startDate.getTime() };
}

/** Opens the token, begins, and waits for the answer; a failure to begin ends the task at once. */
function untilAnswered(
  token: string,
  tokens: TaskTokens,
  signal: AbortSignal,
  begin: () => Promise<unknown>,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  tokens.open(token, {
    succeed: (output) => {
      tokens.close(token);
      resolve(output);
    },
    fail: (error, cause) => {
      tokens.close(token);
      reject(new TaskFailure(error, cause));
    },
    heartbeat: () => {},
  });
  signal.addEventListener('abort', () => tokens.close(token), { once: true });
  begin().catch((error: unknown) => {
    tokens.close(token);
    reject(error);
  });
  return promise;
}

async function withDeadline<T>(
  outer: AbortSignal,
  deadlineMillis: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const abandon = () => {
    inner.abort();
    reject(new TaskAbandoned());
  };
  const expire = async () => {
    inner.abort();
    reject(await timeoutFailure(''));
  };
  outer.addEventListener('abort', abandon, { once: true });
  const timer =
    deadlineMillis === undefined || deadlineMillis > longestTimerMillis
      ? undefined
      : setTimeout(() => void expire(), deadlineMillis);
  try {
    if (outer.aborted) throw new TaskAbandoned();
    return await Promise.race([work(inner.signal), interrupted]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abandon);
  }
}

function waitMillis({ state, input }: StateTurn, { timeScale }: TimeScaling): number {
  const seconds = input.seconds ?? (state.Seconds as number | undefined);
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || seconds < 0) {
      throw new TerminalFailure(
        'States.Runtime',
        `SecondsPath must give a non-negative integer, not ${seconds}`,
      );
    }
    return (seconds * 1000) / timeScale;
  }
  const timestamp = input.timestamp ?? (state.Timestamp as string | undefined);
  const until = Date.parse(timestamp ?? '');
  if (Number.isNaN(until)) {
    throw new TerminalFailure(
      'States.Runtime',
      `TimestampPath must give an RFC 3339 time, not '${timestamp}'`,
    );
  }
  return Math.max(0, until - Date.now()) / timeScale;
}

function delay(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abandon = () => {
      clearTimeout(timer);
      reject(new TaskAbandoned());
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', abandon);
        resolve();
      },
      Math.min(millis, longestTimerMillis),
    );
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
  });
}

function assertSize(value: unknown, what: 'input' | 'output') {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? 'null');
  if (bytes <= payloadLimitBytes) return;
  throw new TerminalFailure(
    'States.DataLimitExceeded',
    `The ${what} of the task has ${bytes} bytes, more than the limit of ${payloadLimitBytes}`,
  );
}
