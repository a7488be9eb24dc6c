import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** What going back to a moment would lose: what was committed after it, the damage itself left out. */
export const RestorePreview = z.object({
  restoreTime: Timestamp,
  /** Transactions whose rows are in the critical tables. */
  transactions: z.int().nonnegative(),
  /** Rows as they stand now, by `schema.table`; a table that is gone is left out. */
  rows: z.record(z.string(), z.int().nonnegative()),
  /** The newest of these commits; null when there is none. */
  lastCommitAt: Timestamp.nullable(),
  /** From the restore point to that commit. */
  rpoSeconds: z.number().nonnegative(),
});
export type RestorePreview = z.infer<typeof RestorePreview>;

/** Another moment that a person may prefer, and what going back to it would lose. */
export const RestoreAlternative = z.object({
  restoreTime: Timestamp,
  reason: z.string(),
  preview: RestorePreview.nullable(),
});
export type RestoreAlternative = z.infer<typeof RestoreAlternative>;

/** SOP `recovery_target_time`, with where it comes from. */
export const RestorePoint = z.object({
  /** What a promoted replica has, to the microsecond; else what is asked of RDS: the last whole second in UTC that does not lie after `chosenAt`; before it, where that is a commit. */
  restoreTime: Timestamp,
  /** To the microsecond: what an operator gave, the commit of the culprit, the last good baseline, or the newest commit on a replica. */
  chosenAt: Timestamp,
  basis: z.enum(['operator', 'culprit', 'baseline', 'replica']),
  reason: z.string(),
  /** RDS can restore to it already. */
  restorable: z.boolean(),
  latestRestorableTime: Timestamp.nullable(),
  /** `observedAt` of the last baseline at or before `restoreTime`, and of the first good one after it: the proof lies between them. */
  baselineBefore: Timestamp.nullable(),
  baselineAfter: Timestamp.nullable(),
  /** Sequence of the last event of the timeline that was read for it: a later wish of people is not in it. */
  readUntil: z.int().nonnegative().optional(),
  /** What would be lost; absent or null where the source could not say. */
  preview: RestorePreview.nullable().optional(),
});
export type RestorePoint = z.infer<typeof RestorePoint>;
