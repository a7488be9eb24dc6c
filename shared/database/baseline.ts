import { z } from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** The data of the platform at one moment, seen in one snapshot: what "should match expected count" is measured against. */
export const Baseline = z.object({
  databaseIdentifier: z.string(),
  /** Clock of the database server, microseconds, read just before the snapshot: all it shows was committed by about then. */
  observedAt: Timestamp,
  /** Rows of each critical table, by `schema.table`. */
  counts: z.record(z.string(), z.int().nonnegative()),
  openPositions: z.int().nonnegative(),
  latestTradeAt: Timestamp.nullable(),
  /** Newest commit (`pg_last_committed_xact`), where the server tracks it. */
  lastCommitAt: Timestamp.nullable(),
  /** Next transaction id (`txid_snapshot_xmax`): the difference of two is the transactions between them at most. */
  nextTransactionId: z.string().regex(/^\d+$/),
  activeSessions: z.int().nonnegative(),
  /** Violations by invariant; all 0 in a good baseline. */
  invariants: z.record(z.string(), z.int().nonnegative()),
  /** Whether no rule was broken when it was taken: only a good baseline can anchor a restore point. */
  good: z.boolean(),
  reasons: z.array(z.string()),
});
export type Baseline = z.infer<typeof Baseline>;
