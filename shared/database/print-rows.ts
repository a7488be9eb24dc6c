import { StatementFailed } from './errors.ts';
import type { Fingerprint, PrintedColumn, SealedBucket } from './fingerprint.ts';
import { guardedRead } from './guarded-read.ts';
import type { CriticalTable } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { asTimestamp, quoted } from './sql-text.ts';

/** Where rows are read from. */
type Source = Pick<CriticalTable, 'schema' | 'name'>;

/** A span of time; null stands for the first row. */
export interface Span {
  readonly from: string | null;
  readonly until: string;
}

interface PrintRow {
  rows: string;
  sum: string | null;
  mixed_sum: string | null;
}

/** The sums of one group; `print` is the hash of a row. */
const SUMS = `count(*)::text AS rows, sum(print)::text AS sum, sum(hashint8extended(print, 1))::text AS mixed_sum`;

/**
 * Settings under which texts of values, and so their hashes, are the same in every session. A table whose row security would hide
 * rows gives an error instead of fewer rows.
 */
export async function preparePrinting(session: DatabaseSession): Promise<void> {
  await session.query(
    `SELECT set_config('row_security', 'off', true), set_config('extra_float_digits', '1', true),
            set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
            set_config('bytea_output', 'hex', true)`,
  );
}

/**
 * The columns of a table in the order in which they are hashed. Whether a type can be hashed is asked of the server itself, which knows
 * arrays, domains and extensions. To be called inside a transaction.
 * @param names of the wanted columns; all when absent.
 * @throws {StatementFailed} 42703 naming a column that does not exist.
 */
export async function printedColumns(
  session: DatabaseSession,
  { schema, name }: Source,
  names: readonly string[] | 'all',
): Promise<PrintedColumn[]> {
  const rows = await session.query<{ name: string; type: string }>(
    `SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`,
    [quoted(schema, name)],
  );
  const missing = names === 'all' ? [] : names.filter((wanted) => rows.every((row) => row.name !== wanted));
  if (missing.length > 0)
    throw new StatementFailed(`${schema}.${name} has no column ${missing.join(', ')}`, '42703');
  const columns: PrintedColumn[] = [];
  for (const column of rows.filter((row) => names === 'all' || names.includes(row.name))) {
    const probe = await guardedRead(session, () =>
      session.query(`SELECT hash_record_extended(ROW(NULL::${column.type}), 0)`),
    );
    columns.push({ ...column, asText: probe.state !== 'read' });
  }
  return columns;
}

/** All rows of a table as one fingerprint. */
export async function printTable(
  session: DatabaseSession,
  source: Source,
  columns: readonly PrintedColumn[],
): Promise<Fingerprint> {
  const [row] = await session.query<PrintRow>(`SELECT ${SUMS} FROM ${printed(source, columns, '')}`);
  return fingerprintOf(row);
}

/**
 * The rows that were made in `span`, by hour or whatever `bucketSeconds` is; buckets without rows belong to the one after them, and the
 * last bucket ends with the span.
 */
export async function printBuckets(
  session: DatabaseSession,
  table: Source & { readonly createdAtColumn: string },
  columns: readonly PrintedColumn[],
  span: Span,
  bucketSeconds: number,
): Promise<SealedBucket[]> {
  const rows = await session.query<PrintRow & { until: string }>(
    `SELECT ${asTimestamp('bucket_until')} AS until, rows, sum, mixed_sum FROM (
       SELECT date_bin($3::interval, made_at, 'epoch'::timestamptz) + $3::interval AS bucket_until, ${SUMS}
       FROM ${printedBetween(table, columns)} GROUP BY 1 ORDER BY 1) AS buckets`,
    [span.from, span.until, `${bucketSeconds} seconds`],
  );
  const buckets: SealedBucket[] = [];
  let { from } = span;
  for (const row of rows) {
    buckets.push({ from, until: row.until, ...fingerprintOf(row) });
    from = row.until;
  }
  if (from !== span.until) buckets.push({ from, until: span.until, ...fingerprintOf(undefined) });
  return buckets;
}

/**
 * Reads the rows of buckets again, in one scan.
 * @param buckets each beginning where the one before it ends.
 * @returns what is found in each of them, in the same order.
 */
export async function reprintBuckets(
  session: DatabaseSession,
  table: Source & { readonly createdAtColumn: string },
  columns: readonly PrintedColumn[],
  buckets: readonly SealedBucket[],
): Promise<Fingerprint[]> {
  const rows = await session.query<PrintRow & { place: number }>(
    `SELECT width_bucket(made_at, $3::timestamptz[]) AS place, ${SUMS}
     FROM ${printedBetween(table, columns)} GROUP BY 1`,
    [buckets[0]?.from ?? null, buckets.at(-1)?.until, buckets.map(({ until }) => until)],
  );
  const found = new Map(rows.map((row) => [row.place, fingerprintOf(row)]));
  return buckets.map((_, place) => found.get(place) ?? fingerprintOf(undefined));
}

/** The rows that were made from `$1` (null: any time) to before `$2`, with `made_at`. */
function printedBetween(
  table: Source & { readonly createdAtColumn: string },
  columns: readonly PrintedColumn[],
): string {
  const madeAt = quoted(table.createdAtColumn);
  return printed(
    table,
    columns,
    `, ${madeAt}::timestamptz AS made_at`,
    `WHERE ${madeAt} < $2::timestamptz AND ($1::timestamptz IS NULL OR ${madeAt} >= $1::timestamptz)`,
  );
}

/** The hash of each row; the fence keeps the planner from computing it once for each sum, and does not hinder parallel scans. */
function printed(
  { schema, name }: Source,
  columns: readonly PrintedColumn[],
  selection: string,
  where = '',
): string {
  const values = columns.map((column) => `${quoted(column.name)}${column.asText ? '::text' : ''}`);
  const hash = `hash_record_extended(ROW(${values.join(', ')}), 0)`;
  return `(SELECT ${hash} AS print${selection} FROM ${quoted(schema, name)} ${where} OFFSET 0) AS printed`;
}

function fingerprintOf(row: PrintRow | undefined): Fingerprint {
  return { rows: Number(row?.rows ?? 0), sum: row?.sum ?? '0', mixedSum: row?.mixed_sum ?? '0' };
}
