import { failureEvent, type StepEvent, stepEntry } from '../incident/step-event.ts';
import type { Timeline } from '../incident/timeline.ts';
import type { Clock } from '../lambda/clock.ts';
import { TaskGone } from '../lambda/step-functions.ts';
import { summarizeDatabase } from './database-instance.ts';
import { type InstanceWait, judgeWait, type WaitVerdict } from './instance-wait.ts';
import type { RestorableDatabase } from './restorable-database.ts';
import type { WaitDuration } from './wait-estimate.ts';

/** The state that waits; its events are the same whoever ends it. */
const STATE = { name: 'AwaitInstance', sopStep: 'PITR 6' };

/** The tasks that wait for an instance. */
export interface InstanceWaits {
  /** Keeps a wait; a repeated task of the same execution takes the place of the one before. */
  register(wait: InstanceWait): Promise<void>;
  /** Every wait that was not forgotten yet. */
  open(): Promise<InstanceWait[]>;
  /** Removes a wait, unless its task was repeated meanwhile and waits with another token. Repeatable. */
  forget(wait: InstanceWait): Promise<void>;
}

/** What earlier waits took. */
export interface WaitDurations {
  /** Keeps how long a wait took; the first record of a wait stands. */
  record(wait: InstanceWait, seconds: number): Promise<void>;
  /** Durations of a purpose, newest first. */
  recent(purpose: string): Promise<WaitDuration[]>;
}

/** What ending a wait needs. */
export interface WaitPorts {
  readonly waits: InstanceWaits;
  readonly durations: WaitDurations;
  readonly timeline: Timeline;
  /** The awaited instance as RDS describes it now: by its resource id where that is known. */
  readonly find: (
    wait: Pick<InstanceWait, 'identifier' | 'resourceId'>,
  ) => Promise<RestorableDatabase | undefined>;
  /** Answers the task. @throws {TaskGone} when nobody waits any more. */
  readonly answerTask: {
    succeed(taskToken: string, output: unknown): Promise<void>;
    fail(taskToken: string, error: string, cause: string): Promise<void>;
  };
  readonly clock: Clock;
}

/**
 * Looks at an awaited instance once, and ends the wait when it is ready, has failed, or is overdue. Whoever looks may be first, second
 * or too late: the timeline takes the event once, and a task that is gone is forgotten without an error.
 * @returns what was seen.
 */
export async function settleWait(wait: InstanceWait, ports: WaitPorts): Promise<WaitVerdict['kind']> {
  const found = await ports.find(wait);
  const at = ports.clock.now().toISOString();
  const verdict = judgeWait(wait, found, at);
  if (verdict.kind === 'pending') return 'pending';
  await ports.timeline.append(stepEntry({ ...STATE, ...wait }, eventOf(wait, verdict), at));
  const answered = await answer(wait, verdict, ports);
  if (answered && verdict.kind === 'ready') await ports.durations.record(wait, verdict.waitedSeconds);
  await ports.waits.forget(wait);
  return verdict.kind;
}

type Verdict = Exclude<WaitVerdict, { kind: 'pending' }>;

/** @returns false when somebody else has answered, or nobody waits any more. */
async function answer(
  { taskToken }: InstanceWait,
  verdict: Verdict,
  { answerTask }: WaitPorts,
): Promise<boolean> {
  try {
    if (verdict.kind === 'ready') {
      await answerTask.succeed(taskToken, { instance: summarizeDatabase(verdict.database) });
    } else {
      await answerTask.fail(taskToken, verdict.error.name, verdict.error.message);
    }
    return true;
  } catch (error) {
    if (error instanceof TaskGone) return false;
    throw error;
  }
}

function eventOf({ identifier, purpose, expectedSeconds }: InstanceWait, verdict: Verdict): StepEvent {
  if (verdict.kind === 'failed') return failureEvent(STATE.name, verdict.error);
  const waitedSeconds = Math.round(verdict.waitedSeconds);
  return {
    type: 'database-instance.ready',
    discriminator: purpose,
    summary: `${identifier} is ready (${purpose}) after ${waitedSeconds} s`,
    detail: { purpose, waitedSeconds, expectedSeconds, instance: summarizeDatabase(verdict.database) },
  };
}
