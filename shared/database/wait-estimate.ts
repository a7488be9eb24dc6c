import * as z from 'zod';

/** How long an earlier wait took, from its beginning until the instance was ready. */
export const WaitDuration = z.object({
  seconds: z.number().nonnegative(),
  storageGibibytes: z.int().positive().nullable(),
  rehearsal: z.boolean(),
});
export type WaitDuration = z.infer<typeof WaitDuration>;

/** How long a wait will take by what earlier ones took, and when it is given up. */
export interface WaitEstimate {
  /** The longest of the earlier ones; null when there is none to compare with. */
  readonly expectedSeconds: number | null;
  readonly deadlineSeconds: number;
  /** How many earlier ones the estimate rests on. */
  readonly basis: number;
  /** Whether these were rehearsals, for want of the real thing. */
  readonly fromRehearsals: boolean;
}

/** What is known of the wait that begins. */
export interface EstimatedWait {
  readonly storageGibibytes: number | null;
  /** The deadline that the procedure gives: nothing that was learned goes beyond it. */
  readonly ceilingSeconds: number;
}

/** Of how many of the newest durations the longest counts: what was years ago says little of today's WAL. */
const RECENT = 10;
/** A restore replays what was written since the last backup, which differs from day to day: three times the longest leaves room. */
const PATIENCE = 3;
/** To give up early costs a recovery, to wait longer some minutes: no deadline is shorter than this. */
const FLOOR_SECONDS = 15 * 60;
/** Storage within this factor is of the same size. */
const SAME_SIZE_FACTOR = 2;

/**
 * Expects what the longest of the recent waits for the same purpose and size took, and gives up after three times as long, never
 * sooner than a quarter of an hour and never later than the ceiling. Rehearsals count only while there is no real one: they run on quiet
 * days.
 * @param durations of this purpose, newest first.
 */
export function estimateWait(durations: readonly WaitDuration[], wait: EstimatedWait): WaitEstimate {
  const comparable = durations.filter(({ storageGibibytes }) =>
    isSameSize(storageGibibytes, wait.storageGibibytes),
  );
  const real = comparable.filter(({ rehearsal }) => !rehearsal);
  const basis = (real.length > 0 ? real : comparable).slice(0, RECENT);
  if (basis.length === 0) {
    return { expectedSeconds: null, deadlineSeconds: wait.ceilingSeconds, basis: 0, fromRehearsals: false };
  }
  const expectedSeconds = Math.max(...basis.map(({ seconds }) => seconds));
  return {
    expectedSeconds,
    deadlineSeconds: Math.min(Math.max(PATIENCE * expectedSeconds, FLOOR_SECONDS), wait.ceilingSeconds),
    basis: basis.length,
    fromRehearsals: real.length === 0,
  };
}

function isSameSize(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return true;
  return Math.max(one, other) <= SAME_SIZE_FACTOR * Math.min(one, other);
}
