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

/** The machine that alarms and operators start; the others are started by it, or by hand when it has ended. */
const LEADING_MACHINE = 'incident-response';

/**
 * States entered by the execution that leads the response, by what operators started by hand afterwards, and by all that these started,
 * in order; all states when none leads.
 */
export function statesOfResponse(watch: ExecutionWatch): EnteredState[] {
  const leader = watch.entered().find(({ state }) => state === LEADING_STATE)?.executionArn;
  if (leader === undefined) return [...watch.entered()];
  const parents = new Map(watch.ended().map(({ executionArn, input }) => [executionArn, parentOf(input)]));
  const belongs = ({ executionArn, machine }: EnteredState): boolean => {
    const parent = parents.get(executionArn);
    if (parent === undefined) return executionArn === leader || !machine.endsWith(LEADING_MACHINE);
    const started = watch.entered().find((entry) => entry.executionArn === parent);
    return started !== undefined && belongs(started);
  };
  return watch.entered().filter(belongs);
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
