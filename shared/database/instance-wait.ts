import * as z from 'zod';
import { addSeconds, epochMillis, secondsBetween } from '../lambda/clock.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { DatabaseInstanceFailed, DatabaseInstanceWaitExpired } from './errors.ts';
import { isReady } from './readiness.ts';
import type { RestorableDatabase } from './restorable-database.ts';
import type { WaitEstimate } from './wait-estimate.ts';

/** What an execution of the state machine `await-database-instance` is asked to wait for. */
export const AwaitedTarget = z.object({
  identifier: z.string().min(1),
  /** Null while unknown; else the instance must be this very one. */
  resourceId: z.string().min(1).nullable(),
  /** What is awaited, for people, and what its duration is compared with: `restore`, `configuration` ... */
  purpose: z.string().regex(/^[a-z][a-z-]*$/, 'must be words in lower case joined by hyphens'),
  /** The longest that anybody waits, whatever was learned. */
  deadlineSeconds: z.int().positive(),
  /** True in a rehearsal against AWS: its durations are counted apart. */
  rehearsal: z.boolean().default(false),
});
export type AwaitedTarget = z.infer<typeof AwaitedTarget>;

/** A task that waits until an instance is ready, as the control table keeps it. */
export const InstanceWait = AwaitedTarget.extend({
  incidentId: z.string().min(1),
  /** The execution that waits; it waits for one thing only. */
  executionId: z.string().min(1),
  /** Answers the task. A repeated task has a new one, which replaces the old. */
  taskToken: z.string().min(1),
  awaitedSince: Timestamp,
  /** From here on the instance is given up: learned, and never after `deadlineSeconds`. */
  deadlineAt: Timestamp,
  /** What earlier ones took; null when there is none to compare with. */
  expectedSeconds: z.number().nonnegative().nullable(),
  /** Size of the storage when the wait began; null when RDS did not say. */
  storageGibibytes: z.int().positive().nullable(),
});
export type InstanceWait = z.infer<typeof InstanceWait>;

/** A wait with what was learned of earlier ones. */
export function plannedWait(
  target: AwaitedTarget & Pick<InstanceWait, 'incidentId' | 'executionId' | 'taskToken' | 'awaitedSince'>,
  storageGibibytes: number | null,
  estimate: WaitEstimate,
): InstanceWait {
  return {
    ...target,
    storageGibibytes,
    expectedSeconds: estimate.expectedSeconds,
    deadlineAt: addSeconds(target.awaitedSince, estimate.deadlineSeconds),
  };
}

/** What a look at an awaited instance means. */
export type WaitVerdict =
  | { readonly kind: 'ready'; readonly waitedSeconds: number; readonly database: RestorableDatabase }
  | { readonly kind: 'pending' }
  | { readonly kind: 'failed'; readonly error: DatabaseInstanceFailed | DatabaseInstanceWaitExpired };

/**
 * Whether the waiting is over. An instance that became ready after the deadline, and before anybody looked, is ready.
 * @param at RFC 3339 time of the look.
 */
export function judgeWait(
  wait: InstanceWait,
  found: RestorableDatabase | undefined,
  at: string,
): WaitVerdict {
  const waitedSeconds = Math.max(0, secondsBetween(wait.awaitedSince, at));
  try {
    if (found !== undefined && isReady(wait, found)) return { kind: 'ready', waitedSeconds, database: found };
  } catch (error) {
    if (error instanceof DatabaseInstanceFailed) return { kind: 'failed', error };
    throw error;
  }
  if (epochMillis(at) < epochMillis(wait.deadlineAt)) return { kind: 'pending' };
  const status = found?.status ?? 'absent';
  return {
    kind: 'failed',
    error: new DatabaseInstanceWaitExpired(
      `${wait.identifier}: still ${status} after ${Math.floor(waitedSeconds)} s (${wait.purpose}); deadlineAt is ${wait.deadlineAt}`,
    ),
  };
}
