import * as z from 'zod';
import { SalvageAmount } from './salvage-plan.ts';

/** What was found behind the restore point and what becomes of it; small enough to travel in the state of an execution. */
export const SalvageOffer = z.object({
  found: SalvageAmount,
  offered: SalvageAmount,
  offeredByTable: z.record(z.string(), z.int().positive()),
  review: SalvageAmount,
  /** Rows in review by the reason for it. */
  reviewReasons: z.record(z.string(), z.int().positive()),
  /** Rows that were gone from the damaged database, and that going back has restored; large tables are not counted. */
  restoredRows: z.int().nonnegative(),
  obstacle: z.string().nullable(),
  /** Null when nothing is offered. */
  plan: z.object({ key: z.string(), sha256: z.string().length(64) }).nullable(),
  /** S3 key; null when there is nothing to review. */
  reviewKey: z.string().nullable(),
});
export type SalvageOffer = z.infer<typeof SalvageOffer>;

/** What people are told of an offer. */
export function offerText({ offered, offeredByTable, review, restoredRows, obstacle }: SalvageOffer): string {
  if (obstacle !== null) return `Nothing can be salvaged: ${obstacle}`;
  const tables = Object.entries(offeredByTable).map(([table, rows]) => `${table} ${rows}`);
  const offer =
    offered.rows === 0
      ? 'Nothing is offered for salvage'
      : `${offered.rows} rows of ${offered.transactions} transactions can be salvaged (${tables.join(', ')})`;
  return `${offer}; ${review.rows} rows of ${review.transactions} transactions are for review; ${restoredRows} rows that were gone are restored`;
}
