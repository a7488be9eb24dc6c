import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** A column as it was fingerprinted. */
export const PrintedColumn = z.object({
  name: z.string(),
  /** As `format_type` writes it, without length or precision. */
  type: z.string(),
  /** The server knows no hash of the type (json, xml, point, bit, tsvector …): its text is hashed instead. */
  asText: z.boolean(),
});
export type PrintedColumn = z.infer<typeof PrintedColumn>;

/**
 * What a set of rows adds up to, whatever their order. `sum` adds a 64-bit hash of each row, `mixedSum` a hash of that hash: changes
 * that cancel each other in one sum do not in the other. Sums, not exclusive ors, which two equal rows would cancel.
 */
export const Fingerprint = z.object({
  rows: z.int().nonnegative(),
  sum: z.string().regex(/^-?\d+$/),
  mixedSum: z.string().regex(/^-?\d+$/),
});
export type Fingerprint = z.infer<typeof Fingerprint>;

/** The rows of a table that were made in a span of time which is closed: nobody adds to it any more. */
export const SealedBucket = Fingerprint.extend({
  /** Null: from the first row on. */
  from: Timestamp.nullable(),
  /** Not included. */
  until: Timestamp,
});
export type SealedBucket = z.infer<typeof SealedBucket>;

/** Buckets of one table that follow each other, by the columns that never change. */
export const SealedTable = z.object({
  /** `schema.table`. */
  table: z.string(),
  createdAtColumn: z.string(),
  columns: z.array(PrintedColumn),
  buckets: z.array(SealedBucket),
});
export type SealedTable = z.infer<typeof SealedTable>;

/** A whole table, every column of it. */
export const WholeTable = Fingerprint.extend({ table: z.string(), columns: z.array(PrintedColumn) });
export type WholeTable = z.infer<typeof WholeTable>;

/** Fingerprints of one snapshot. */
export const Fingerprints = z.object({
  databaseIdentifier: z.string(),
  /** Clock of the database server just after the snapshot was taken: all that it shows was committed before. */
  snapshotAt: Timestamp,
  /** Oldest transaction that was still under way (`pg_snapshot_xmin`): whatever is older was seen or never committed. */
  oldestTransactionId: z.string().regex(/^\d+$/),
  /** Hashes are compared within one major version of PostgreSQL only. */
  serverMajorVersion: z.int().positive(),
  sealed: z.array(SealedTable),
  whole: z.array(WholeTable),
  /** Tables that were not fingerprinted (in full), and why. */
  left: z.array(z.object({ table: z.string(), reason: z.string() })),
  /** End of the last sealed bucket of each table, those of earlier entries included. */
  sealedUntil: z.record(z.string(), Timestamp),
});
export type Fingerprints = z.infer<typeof Fingerprints>;

/** Whether two sets of rows have the same content, to all that can be told. */
export function isSameContent(left: Fingerprint, right: Fingerprint): boolean {
  return left.rows === right.rows && left.sum === right.sum && left.mixedSum === right.mixedSum;
}
