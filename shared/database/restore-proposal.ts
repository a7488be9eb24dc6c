import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import { RestoreAlternative, RestorePoint, RestorePreview } from './restore-point.ts';
import { describePreview } from './restore-point-choice.ts';

/** The restore point that is taken unless somebody gives another, as people see it. */
export const RestoreProposal = RestorePoint.pick({ restoreTime: true, basis: true, reason: true }).extend({
  /** Null where the source cannot say what would be lost. */
  preview: RestorePreview.nullable(),
  alternatives: z.array(RestoreAlternative),
});
export type RestoreProposal = z.infer<typeof RestoreProposal>;

/** What a point that a person gives must keep. */
export const PointRules = z.object({
  /** From and until when RDS can restore. */
  window: z.object({
    earliestRestorableTime: Timestamp.nullable(),
    latestRestorableTime: Timestamp.nullable(),
  }),
  /** The transaction that did the damage, which must not come back; null where it is not known. */
  culprit: z.object({ committedAt: Timestamp, reason: z.string() }).nullable(),
});
export type PointRules = z.infer<typeof PointRules>;

/** The proposal with its alternatives, one a line. */
export function describeProposal({ restoreTime, reason, preview, alternatives }: RestoreProposal): string[] {
  return [
    `Proposed: back to ${restoreTime}: ${reason}. ${describePreview(preview)}.`,
    ...alternatives.map(
      (other) => `Or: back to ${other.restoreTime}: ${other.reason}. ${describePreview(other.preview)}.`,
    ),
  ];
}
