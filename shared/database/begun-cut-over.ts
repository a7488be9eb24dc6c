import * as z from 'zod';
import { floorToSecond, Timestamp } from '../lambda/timestamp.ts';
import type { CutOverPlan } from './cut-over.ts';
import type { JournalledCutOver } from './dynamodb-cut-over-journal.ts';
import { CutOverBegun, CutOverNotProven } from './errors.ts';
import { RestoredProof } from './proof.ts';

/** What whoever starts a restore wants of the database. */
export const RestoreRequest = z.object({
  restorePoint: Timestamp.nullable(),
  /** What is to become of a cut-over that an earlier execution of the incident has begun and not ended; absent: it is continued. */
  begunCutOver: z.enum(['continue', 'roll-back']).optional(),
});
export type RestoreRequest = z.infer<typeof RestoreRequest>;

/** Where a restore begins: with a new copy, or with what an earlier execution left half done. */
export type RestoreStart = 'restore' | 'continue' | 'roll-back';

/** A cut-over that is gone on with, in the fields in which an execution would have had it: names are those of the plan, not of now. */
export const BegunCutOver = z.object({
  source: z.object({ instance: z.object({ identifier: z.string(), resourceId: z.string() }) }),
  restored: z.object({ identifier: z.string() }),
  copy: z.object({ instance: z.object({ identifier: z.string(), resourceId: z.string() }) }),
  verified: RestoredProof,
});
export type BegunCutOver = z.infer<typeof BegunCutOver>;

/**
 * Where to begin, by the journal of the incident.
 * @throws {CutOverBegun} when another restore point is asked for while the name of the database may lead to either instance.
 */
export function restoreStart(
  { restorePoint, begunCutOver = 'continue' }: RestoreRequest,
  journalled: JournalledCutOver | undefined,
  proof: RestoredProof | undefined,
): RestoreStart {
  if (begunCutOver === 'roll-back') return 'roll-back';
  if (journalled === undefined || journalled.rolledBack || journalled.confirmed) return 'restore';
  if (restorePoint !== null && proof !== undefined && floorToSecond(restorePoint) !== proof.restoreTime) {
    throw new CutOverBegun(
      `restorePoint: ${restorePoint}, but ${journalled.plan.executionId} has begun to cut over to ${proof.restoreTime}: continue that with restorePoint null, or undo it with begunCutOver "roll-back"`,
    );
  }
  return 'continue';
}

/**
 * The begun cut-over with the proof of its copy.
 * @throws {CutOverNotProven} when the stored proof is not that of the copy: nobody knows then what would take over.
 */
export function continuedCutOver(plan: CutOverPlan, proof: RestoredProof | undefined): BegunCutOver {
  if (proof?.databaseIdentifier !== plan.restoredIdentifier) {
    throw new CutOverNotProven(
      `${plan.restoredIdentifier}: there is no proof of it, only of ${proof?.databaseIdentifier ?? 'nothing'}; undo it with begunCutOver "roll-back"`,
    );
  }
  return {
    source: { instance: { identifier: plan.sourceIdentifier, resourceId: plan.sourceResourceId } },
    restored: { identifier: plan.restoredIdentifier },
    copy: { instance: { identifier: plan.restoredIdentifier, resourceId: plan.restoredResourceId } },
    verified: proof,
  };
}
