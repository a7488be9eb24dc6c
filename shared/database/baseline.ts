import * as z from 'zod';
import { epochMicros, Timestamp } from '../lambda/timestamp.ts';

/** The data of the platform at one moment, seen in one snapshot: what "should match expected count" is measured against. */
export const Baseline = z.object({
  databaseIdentifier: z.string(),
  /** Clock of the database server, microseconds, read just before the snapshot ... */
  observedAt: Timestamp,
  /** ... and just after it was taken: all that it shows was committed before. */
  snapshotAt: Timestamp,
  /** Rows of each critical table that could be read, by `schema.table`. */
  counts: z.record(z.string(), z.int().nonnegative()),
  /** Rows older than this are settled: no transaction that writes them is still under way. */
  settledBefore: Timestamp,
  /** Settled rows of each append-only table that declares when a row was made: new rows cannot hide that old ones are gone. */
  settledCounts: z.record(z.string(), z.int().nonnegative()),
  /** Null when it could not be read. */
  openPositions: z.int().nonnegative().nullable(),
  latestTradeAt: Timestamp.nullable(),
  /** Newest commit (`pg_last_committed_xact`), where the server tracks it. */
  lastCommitAt: Timestamp.nullable(),
  /** Next transaction id (`pg_snapshot_xmax`): the difference of two is the transactions between them at most. */
  nextTransactionId: z.string().regex(/^\d+$/),
  /** Where a search for the transaction that did damage begins; absent where it could not be read. */
  landmarks: z
    .object({
      /** Position in the write-ahead log, read just before the snapshot. */
      walPosition: z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/),
      /** Number of the file that held each critical table: TRUNCATE gives a table another one, DROP takes it away. */
      relationFiles: z.record(z.string(), z.string().regex(/^\d+$/)),
    })
    .optional(),
  /** Null when it could not be read. */
  activeSessions: z.int().nonnegative().nullable(),
  /** Violations by invariant that could be computed; all 0 in a good baseline. */
  invariants: z.record(z.string(), z.int().nonnegative()),
  /** Whether all of it could be read and no rule was broken: only a good baseline can anchor a restore point. */
  good: z.boolean(),
  reasons: z.array(z.string()),
});
export type Baseline = z.infer<typeof Baseline>;

/** What was observed between these moments of the server's clock belongs to data that a cut-over has replaced. */
export const Supersession = z.object({ incidentId: z.string(), after: Timestamp, until: Timestamp });
export type Supersession = z.infer<typeof Supersession>;

/** Whether a baseline shows data that the database no longer descends from. */
export function isSuperseded(baseline: Baseline, supersessions: readonly Supersession[]): boolean {
  return supersessions.some(
    ({ after, until }) =>
      epochMicros(baseline.snapshotAt) > epochMicros(after) &&
      epochMicros(baseline.observedAt) < epochMicros(until),
  );
}
