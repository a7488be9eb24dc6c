import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../laptop/services.ts';
import type { Span } from './time-spent.ts';

/** A state that was entered. */
export interface EnteredState {
  readonly executionArn: string;
  /** Name of the state machine, as deployed. */
  readonly machine: string;
  readonly state: string;
  readonly atMillis: number;
}

/** An execution that has ended. */
interface EndedExecution {
  readonly executionArn: string;
  readonly status: string;
  readonly input: string;
}

/** Everything that the state machines do while it watches. */
export interface ExecutionWatch {
  entered(): readonly EnteredState[];
  ended(): readonly EndedExecution[];
  /** Executions that have begun and not ended. */
  running(): number;
}

/** @param onEntered told of each state as it is entered. */
export function watchExecutions(
  { stepFunctions }: Pick<Services, 'stepFunctions'>,
  onEntered: (entered: EnteredState) => void,
): ExecutionWatch {
  const entered: EnteredState[] = [];
  const ended: EndedExecution[] = [];
  const running = new Set<string>();
  stepFunctions.onStateEntered(({ executionArn, machine, state, at }) => {
    const entry = { executionArn, machine, state, atMillis: at.getTime() };
    if (!ended.some((execution) => execution.executionArn === executionArn)) running.add(executionArn);
    entered.push(entry);
    onEntered(entry);
  });
  stepFunctions.onExecutionEnded(({ executionArn, status, input }) => {
    running.delete(executionArn);
    ended.push({ executionArn, status, input });
  });
  return { entered: () => entered, ended: () => ended, running: () => running.size };
}

/** The deadline passed before the condition held; the message says what was awaited. */
export class DrillDeadlineExpired extends Error {
  override readonly name = 'DrillDeadlineExpired';
}

/**
 * Looks until the condition holds.
 * @throws {DrillDeadlineExpired}
 */
export async function untilTrue(
  what: string,
  deadlineMillis: number,
  signal: AbortSignal,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await condition())) {
    if (Date.now() > deadlineMillis) throw new DrillDeadlineExpired(`waited in vain: ${what}`);
    await delay(50, undefined, { signal });
  }
}

/** The state that only the execution enters that leads the response. */
const LEADING_STATE = 'ImmediateResponse';
const PARENT_KEY = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

/** States entered by the execution that leads the response and by all that it started, in order; all states when none leads. */
export function statesOfResponse(watch: ExecutionWatch): EnteredState[] {
  const leader = watch.entered().find(({ state }) => state === LEADING_STATE)?.executionArn;
  if (leader === undefined) return [...watch.entered()];
  const parents = new Map(watch.ended().map(({ executionArn, input }) => [executionArn, parentOf(input)]));
  const belongs = (executionArn: string | undefined): boolean =>
    executionArn !== undefined && (executionArn === leader || belongs(parents.get(executionArn)));
  return watch.entered().filter(({ executionArn }) => belongs(executionArn));
}

/** Spans that executions spent in states that only wait, by the convention of their names (`Wait...`). */
export function waitSpans(states: readonly EnteredState[]): Span[] {
  return states.flatMap((entry, index) => {
    if (!entry.state.startsWith('Wait')) return [];
    const next = states.slice(index + 1).find(({ executionArn }) => executionArn === entry.executionArn);
    return [{ startedAtMillis: entry.atMillis, endedAtMillis: next?.atMillis ?? entry.atMillis }];
  });
}

function parentOf(input: string): string | undefined {
  const parsed = JSON.parse(input) as Record<string, unknown> | null;
  const parent = parsed?.[PARENT_KEY];
  return typeof parent === 'string' ? parent : undefined;
}
