import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** The last version of a row on the damaged database, written by a transaction that the copy does not have. */
export const RowChange = z.object({
  /** `schema.table`. */
  table: z.string(),
  /** Primary key as a JSON object. */
  key: z.string(),
  /** The transaction that wrote it (`xmin`). */
  xid: z.string().regex(/^\d+$/),
  committedAt: Timestamp,
  /** When the row says that it was made; null where its table does not declare that. */
  createdAt: Timestamp.nullable(),
  /** The row as the copy has it, as JSON text that PostgreSQL wrote; null when it was inserted. Never parsed: numbers would lose digits. */
  before: z.string().nullable(),
  /** The row as the damaged database has it. */
  after: z.string(),
  /** The values by which rows are told to belong together, as text by column. */
  links: z.record(z.string(), z.string().nullable()),
});
export type RowChange = z.infer<typeof RowChange>;

/** A row of the copy that the damaged database has no more: going back has restored it. */
export interface RestoredRow {
  readonly table: string;
  readonly key: string;
}

/** A column whose values name rows of another table, tables as `schema.table`. */
export interface Link {
  readonly table: string;
  readonly column: string;
  readonly referencedTable: string;
  readonly referencedColumn: string;
}

/** All that the two databases say about the time after the restore point. */
export interface SalvageEvidence {
  readonly changes: readonly RowChange[];
  readonly links: readonly Link[];
  /** Column that names the unit of a row, by `schema.table`; a table that is not here is one unit. */
  readonly unitColumns: Readonly<Record<string, string>>;
  /** References of changed rows to rows that the damaged database does not have, as {@link reference} writes them. */
  readonly dangling: ReadonlySet<string>;
}

/** One text for "this column names that row". */
export function reference({ table, column }: Pick<Link, 'table' | 'column'>, value: string): string {
  return JSON.stringify([table, column, value]);
}
