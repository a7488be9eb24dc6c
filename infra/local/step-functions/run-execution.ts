import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import { type AdaptedInput, executionContextField, stateContextField } from './adapt-definition.ts';
import type { ExecutionEnd, ExecutionRecord } from './execution-record.ts';
import { ExecutionHistory } from './history.ts';
import type { Machine } from './machine.ts';
import { runState, type StateRunnerServices } from './state-runner.ts';

/** An execution under way. */
export interface RunningExecution {
  readonly history: ExecutionHistory;
  /** Resolves when the last state is over and the history complete; never rejects. */
  readonly ended: Promise<ExecutionEnd>;
  /** StopExecution. */
  abort(error?: string, cause?: string): void;
}

export interface ExecutionListener {
  stateEntered(state: string, at: Date): void;
}

type Run = ReturnType<StateMachine['run']>;

/** Runs a prepared machine on the local engine, with our tasks, context object, deadlines and history. */
export function runExecution(
  machine: Machine,
  record: ExecutionRecord,
  services: StateRunnerServices & { readonly region: string },
  listener: ExecutionListener,
): RunningExecution {
  const history = new ExecutionHistory(machine.states, services.region);
  history.started(record.input, machine.roleArn, record.startDate);
  const turns = new OpenTurns();
  const tokens = new CurrentToken(() => services.tokens.issue(machine.arn));
  const handlers = Object.fromEntries(
    machine.states.map(({ name, state }) => [
      name,
      (input: unknown) =>
        turns.during(name, (signal) =>
          runState(
            {
              state,
              input: input as AdaptedInput,
              roleArn: machine.roleArn,
              token: tokens.take(),
              signal,
              note: (attempt) => history.note(name, attempt),
            },
            services,
          ),
        ),
    ]),
  );
  const engine = new StateMachine(machine.adapted, { validationOptions: { noValidate: true } });
  const run = engine.run(JSON.parse(record.input), {
    overrides: { taskResourceLocalHandlers: handlers as never },
    context: contextObject(machine, record, tokens),
  });
  const recorded = recordEvents(run.eventLogs, history, turns, machine, listener);
  let stopped: { readonly error?: string; readonly cause?: string } = {};
  return {
    history,
    ended: conclude(run.result, recorded, turns, () => stopped),
    abort: (error, cause) => {
      stopped = {
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
      run.abort();
      turns.abandonAll();
    },
  };
}

function contextObject(machine: Machine, record: ExecutionRecord, tokens: CurrentToken) {
  const states = machine.states.map(({ name }) => [
    name,
    {
      Name: name,
      get EnteredTime() {
        return new Date().toISOString();
      },
    },
  ]);
  return {
    [executionContextField]: {
      Id: record.executionArn,
      Name: record.name,
      Input: JSON.parse(record.input) as unknown,
      StartTime: record.startDate.toISOString(),
      RoleArn: machine.roleArn,
      RedriveCount: 0,
    },
    [stateContextField]: Object.fromEntries(states) as unknown,
    StateMachine: { Id: machine.arn, Name: machine.name },
    Task: {
      get Token() {
        return tokens.current();
      },
    },
  };
}

/**
 * The token of the task that is about to run. The engine evaluates Parameters and calls our handler within one turn
 * of the event loop, so that one token at a time suffices for any number of branches.
 */
class CurrentToken {
  readonly #issue: () => string;
  #token: string | undefined;

  constructor(issue: () => string) {
    this.#issue = issue;
  }

  current(): string {
    this.#token ??= this.#issue();
    return this.#token;
  }

  take(): string {
    const token = this.current();
    this.#token = undefined;
    return token;
  }
}

/** The states that run at this moment, so that a branch or an execution that ends takes its tasks with it. */
class OpenTurns {
  readonly #open = new Map<string, Set<AbortController>>();

  async during<T>(stateName: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const open = this.#open.get(stateName) ?? new Set();
    this.#open.set(stateName, open.add(controller));
    try {
      return await work(controller.signal);
    } finally {
      open.delete(controller);
    }
  }

  abandon(stateNames: readonly string[]) {
    for (const name of stateNames) {
      for (const controller of this.#open.get(name) ?? []) controller.abort();
    }
  }

  abandonAll() {
    this.abandon([...this.#open.keys()]);
  }
}

async function recordEvents(
  events: Run['eventLogs'],
  history: ExecutionHistory,
  turns: OpenTurns,
  machine: Machine,
  listener: ExecutionListener,
) {
  for await (const event of events) {
    history.record(event);
    if (event.type === 'StateEntered') listener.stateEntered(event.state.name, new Date(event.timestamp));
    if (event.type === 'StateFailed') turns.abandon(descendants(machine, event.state.name));
  }
}

function descendants(machine: Machine, stateName: string): readonly string[] {
  return machine.states.filter(({ ancestors }) => ancestors.includes(stateName)).map(({ name }) => name);
}

async function conclude(
  result: Run['result'],
  recorded: Promise<void>,
  turns: OpenTurns,
  stopped: () => { readonly error?: string; readonly cause?: string },
): Promise<ExecutionEnd> {
  const end = await result.then(
    (output): ExecutionEnd => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
    (error: unknown): ExecutionEnd => {
      if (error instanceof ExecutionAbortedError) return { status: 'ABORTED', ...stopped() };
      if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
      const failure = (error as Error).cause as Error;
      return { status: 'FAILED', error: failure.name, cause: failure.message };
    },
  );
  await recorded;
  turns.abandonAll();
  return end;
}
