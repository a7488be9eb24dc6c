import type { StateMachine } from 'aws-local-stepfunctions';
import type { LocatedState } from './states-language.ts';
import {
  attemptFailed,
  attemptStarted,
  attemptSucceeded,
  type EventBody,
  executionEnded,
  type TaskAttempt,
} from './task-events.ts';

/** An event of GetExecutionHistory; `timestamp` in epoch seconds, as the wire has it. */
export interface HistoryEvent extends EventBody {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
}

/** What the engine reports while it runs. */
export type EngineEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer E> ? E : never;

const whole = { truncated: false };

/** Turns the engine's log and the notes of task attempts into the history that the API of AWS gives. */
export class ExecutionHistory {
  readonly events: HistoryEvent[] = [];
  readonly #states: ReadonlyMap<string, LocatedState>;
  readonly #region: string;
  /** Attempts that the log has not reached yet, by state name, oldest first. */
  readonly #noted = new Map<string, TaskAttempt[]>();
  /** The attempt under way, by lane and state name. */
  readonly #underWay = new Map<string, TaskAttempt>();
  /** The last event of each branch or iteration: the next one of it follows on that. */
  readonly #lastOfLane = new Map<string, number>();

  constructor(states: readonly LocatedState[], region: string) {
    this.#states = new Map(states.map((located) => [located.name, located]));
    this.#region = region;
  }

  /** Notes an attempt of a task just before it begins. */
  note(stateName: string, attempt: TaskAttempt): void {
    const queue = this.#noted.get(stateName) ?? [];
    queue.push(attempt);
    this.#noted.set(stateName, queue);
  }

  started(input: string, roleArn: string, at: Date): void {
    this.#append('', at.getTime(), {
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input, inputDetails: whole, roleArn },
    });
  }

  ended(end: Parameters<typeof executionEnded>[0], at: Date): void {
    this.#append('', at.getTime(), executionEnded(end));
  }

  /** Takes over one event of the engine. */
  record(event: EngineEvent): void {
    switch (event.type) {
      case 'StateEntered':
        this.#entered(event);
        return;
      case 'StateRetried':
        this.#attempt(event);
        return;
      case 'StateFailed':
        this.#failed(event);
        return;
      case 'StateExited':
        this.#exited(event);
        return;
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed':
        this.#append(this.#laneOf(event.parentState.name, undefined), event.timestamp, {
          type: event.type,
          [`m${event.type.slice(1)}EventDetails`]: { name: event.parentState.name, index: event.index },
        });
        return;
      default:
        // The start and the end of an execution are recorded by whoever runs it; branches have no events of their own.
        return;
    }
  }

  #entered(event: StateEvent) {
    const lane = this.#laneOf(event.state.name, event.index);
    const type = this.#typeOf(event);
    this.#append(lane, event.timestamp, {
      type: `${type}StateEntered`,
      stateEnteredEventDetails: {
        name: event.state.name,
        input: JSON.stringify(event.state.input),
        inputDetails: whole,
      },
    });
    this.#attempt(event);
  }

  #attempt(event: StateEvent) {
    const lane = this.#laneOf(event.state.name, event.index);
    const type = this.#typeOf(event);
    if (type === 'Parallel' || type === 'Map') {
      this.#append(lane, event.timestamp, { type: `${type}StateStarted` });
    }
    const attempt = this.#noted.get(event.state.name)?.shift();
    if (attempt === undefined) return;
    this.#underWay.set(`${lane}:${event.state.name}`, attempt);
    for (const body of attemptStarted(attempt, this.#region)) this.#append(lane, event.timestamp, body);
  }

  #failed(event: StateEvent & { readonly Error: string; readonly Cause: unknown }) {
    const lane = this.#laneOf(event.state.name, event.index);
    const type = this.#typeOf(event);
    const attempt = this.#takeAttempt(lane, event.state.name);
    if (attempt !== undefined) {
      this.#append(lane, event.timestamp, attemptFailed(attempt, event.Error, String(event.Cause)));
    }
    if (type === 'Parallel' || type === 'Map') {
      this.#append(lane, event.timestamp, { type: `${type}StateFailed` });
    }
  }

  #exited(event: StateEvent) {
    const lane = this.#laneOf(event.state.name, event.index);
    const type = this.#typeOf(event);
    const attempt = this.#takeAttempt(lane, event.state.name);
    if (attempt !== undefined) this.#append(lane, event.timestamp, attemptSucceeded(attempt));
    if ((type === 'Parallel' || type === 'Map') && this.#lastType(lane) !== `${type}StateFailed`) {
      this.#append(lane, event.timestamp, { type: `${type}StateSucceeded` });
    }
    this.#append(lane, event.timestamp, {
      type: `${type}StateExited`,
      stateExitedEventDetails: {
        name: event.state.name,
        output: JSON.stringify(event.state.output),
        outputDetails: whole,
      },
    });
  }

  #takeAttempt(lane: string, stateName: string): TaskAttempt | undefined {
    const key = `${lane}:${stateName}`;
    const attempt = this.#underWay.get(key);
    this.#underWay.delete(key);
    return attempt;
  }

  /** The type in the definition: some states run as tasks of this runtime. */
  #typeOf(event: StateEvent): string {
    return this.#states.get(event.state.name)?.state.Type ?? event.state.type;
  }

  #laneOf(stateName: string, index: number | undefined): string {
    const located = this.#states.get(stateName);
    if (located === undefined || located.ancestors.length === 0) return '';
    return `${located.ancestors.join('/')}#${located.branch}${index === undefined ? '' : `@${index}`}`;
  }

  #lastType(lane: string): string | undefined {
    return this.events[(this.#lastOfLane.get(lane) ?? 0) - 1]?.type;
  }

  #append(lane: string, timestampMillis: number, body: EventBody) {
    const id = this.events.length + 1;
    this.events.push({
      id,
      previousEventId: this.#lastOfLane.get(lane) ?? this.events.length,
      timestamp: timestampMillis / 1000,
      ...body,
    });
    this.#lastOfLane.set(lane, id);
  }
}

interface StateEvent {
  readonly timestamp: number;
  readonly index?: number;
  readonly state: {
    readonly name: string;
    readonly type: string;
    readonly input: unknown;
    readonly output?: unknown;
  };
}
