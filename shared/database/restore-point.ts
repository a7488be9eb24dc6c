import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** SOP `recovery_target_time`, with where it comes from. */
export const RestorePoint = z.object({
  /** What is asked of RDS: a whole second in UTC, the last one that does not lie after `chosenAt`. */
  restoreTime: Timestamp,
  /** What was meant, to the microsecond. */
  chosenAt: Timestamp,
  basis: z.enum(['operator', 'baseline']),
  reason: z.string(),
  /** RDS can restore to it already. */
  restorable: z.boolean(),
  latestRestorableTime: Timestamp.nullable(),
  /** `observedAt` of the last baseline at or before `restoreTime`, and of the first good one after it: the proof lies between them. */
  baselineBefore: Timestamp.nullable(),
  baselineAfter: Timestamp.nullable(),
});
export type RestorePoint = z.infer<typeof RestorePoint>;
