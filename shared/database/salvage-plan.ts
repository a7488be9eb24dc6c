import { createHash } from 'node:crypto';
import * as z from 'zod';
import { epochMicros, Timestamp } from '../lambda/timestamp.ts';
import type { SalvageClasses } from './salvage-classes.ts';
import { type RestoredRow, RowChange } from './salvage-evidence.ts';
import { type SalvageGroup, transactionsOf } from './salvage-groups.ts';

/** How the rows of a table are named and written. */
export const SalvageTable = z.object({
  schema: z.string(),
  name: z.string(),
  /** Empty where the table has no primary key: its rows cannot be told apart. */
  keyColumns: z.array(z.string()),
  /** All columns that can be written. */
  columns: z.array(z.string()),
});
export type SalvageTable = z.infer<typeof SalvageTable>;

/** How far a sequence has come. */
export const SequencePosition = z.object({
  /** Quoted, with its schema. */
  name: z.string(),
  lastValue: z.string().regex(/^-?\d+$/),
});
export type SequencePosition = z.infer<typeof SequencePosition>;

/** What people are asked to let happen, to the last digit. */
export const SalvagePlan = z.object({
  incidentId: z.string(),
  restoreTime: Timestamp,
  /** Timeline of the proven copy: the plan is good for no other server. */
  timelineId: z.int().positive(),
  /** In the order in which they are written. */
  tables: z.array(SalvageTable),
  sequences: z.array(SequencePosition),
  rows: z.array(RowChange),
});
export type SalvagePlan = z.infer<typeof SalvagePlan>;

/** A part of what was committed after the restore point. */
export const SalvageAmount = z.object({
  rows: z.int().nonnegative(),
  /** Of the rows, those that the copy does not have at all. */
  insertedRows: z.int().nonnegative(),
  /** Those of which a row is still to be seen. */
  transactions: z.int().nonnegative(),
  lastCommitAt: Timestamp.nullable(),
});
export type SalvageAmount = z.infer<typeof SalvageAmount>;

/** How much a number of groups is. */
export function amountOf(groups: readonly SalvageGroup[]): SalvageAmount {
  const rows = groups.flatMap((group) => group.rows);
  return {
    rows: rows.length,
    insertedRows: rows.filter(({ before }) => before === null).length,
    transactions: transactionsOf(groups).size,
    lastCommitAt: rows.reduce<string | null>(
      (last, { committedAt }) =>
        last === null || epochMicros(committedAt) > epochMicros(last) ? committedAt : last,
      null,
    ),
  };
}

/** Rows by table, for a person. */
export function rowsByTable(groups: readonly SalvageGroup[]): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const { table } of groups.flatMap((group) => group.rows)) rows[table] = (rows[table] ?? 0) + 1;
  return rows;
}

/** One JSON object a line: each row that is not offered with both versions and the reason, then each that going back has restored. */
export function reviewLines(
  { review }: Pick<SalvageClasses, 'review'>,
  restored: readonly RestoredRow[],
): string {
  const changed = review.flatMap(({ rows, reason, because }) =>
    rows.map(
      ({ table, key, xid, committedAt, before, after }) =>
        `{"class":"changed","reason":${JSON.stringify(reason)},"because":${JSON.stringify(because)},"table":${JSON.stringify(table)},"key":${key},"transaction":${xid},"committedAt":"${committedAt}","restored":${before ?? 'null'},"damaged":${after}}`,
    ),
  );
  const gone = restored.map(
    ({ table, key }) => `{"class":"restored","table":${JSON.stringify(table)},"key":${key}}`,
  );
  return [...changed, ...gone].map((line) => `${line}\n`).join('');
}

/** What a plan is recognised by. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
