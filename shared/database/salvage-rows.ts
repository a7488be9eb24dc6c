import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { type Link, type RestoredRow, type RowChange, reference } from './salvage-evidence.ts';
import type { SalvageTable } from './salvage-plan.ts';
import { linkColumnsOf } from './salvage-tables.ts';
import { asTimestamp, quoted, tableName } from './sql-text.ts';

/** A commit may be stamped before the restore point and yet lie behind it: the search begins this much earlier. */
const MARGIN_SECONDS = 1;

/** A row version that is later than the point, or might be. */
type Candidate = Omit<RowChange, 'before'>;

/**
 * Row versions of a table that were committed after the point or shortly before it, on the damaged database.
 * @param limit how many are read at most.
 * @throws {StatementFailed} when the server does not track commit times (`55000`), or the table cannot be read.
 */
export async function readCandidates(
  session: DatabaseSession,
  table: SalvageTable,
  platform: PlatformData,
  restoreTime: string,
  limit: number,
): Promise<Candidate[]> {
  const name = tableName(table);
  const links = linkColumnsOf(name, platform);
  const createdAt = platform.criticalTables.find((declared) => tableName(declared) === name)?.createdAtColumn;
  const committed = 'pg_xact_commit_timestamp(t.xmin)';
  const rows = await session.query<
    Record<'key' | 'xid' | 'committed_at' | 'after' | 'links', string> & { created_at: string | null }
  >(
    `SELECT ${keySql(table)} AS key, t.xmin::text AS xid, ${asTimestamp(committed)} AS committed_at,
            ${createdAt === undefined ? 'NULL' : asTimestamp(`t.${quoted(createdAt)}`)} AS created_at,
            to_jsonb(t)::text AS after, ${objectSql(links, '::text')} AS links
     FROM ${quoted(table.schema, table.name)} AS t
     WHERE ${committed} > $1::timestamptz - interval '${MARGIN_SECONDS} seconds'
     LIMIT $2`,
    [restoreTime, limit],
  );
  return rows.map(({ key, xid, committed_at: committedAt, created_at, after, links: values }) => ({
    table: name,
    key,
    xid,
    committedAt,
    createdAt: created_at,
    after,
    links: JSON.parse(values) as Record<string, string | null>,
  }));
}

/**
 * Leaves out what the copy has as well, be it from before the point or because it was salvaged already, and says of the others what it
 * has instead.
 * @param session on the proven copy.
 */
export async function compareWithCopy(
  session: DatabaseSession,
  table: SalvageTable,
  candidates: readonly Candidate[],
): Promise<RowChange[]> {
  const relation = quoted(table.schema, table.name);
  const rows = await session.query<Record<'key' | 'row', string>>(
    `SELECT ${keySql(table)} AS key, to_jsonb(t)::text AS row
     FROM ${relation} AS t JOIN jsonb_populate_recordset(NULL::${relation}, $1::jsonb) AS k ON ${sameKey(table, 't', 'k')}`,
    [jsonArray(candidates.map(({ key }) => key))],
  );
  const onCopy = new Map(rows.map((row) => [row.key, row]));
  return candidates.flatMap((candidate) => {
    const known = onCopy.get(candidate.key);
    if (known?.row === candidate.after) return [];
    return [{ ...candidate, before: known?.row ?? null }];
  });
}

/**
 * References of candidates to rows that the damaged database does not have (any more).
 * @param session on the damaged database.
 */
export async function findDangling(
  session: DatabaseSession,
  links: readonly Link[],
  changes: readonly RowChange[],
): Promise<Set<string>> {
  const dangling = new Set<string>();
  for (const link of links) {
    const values = changes.flatMap((row) => (row.table === link.table ? (row.links[link.column] ?? []) : []));
    if (values.length === 0) continue;
    const rows = await session.query<{ value: string }>(
      `SELECT value FROM unnest($1::text[]) AS value
       WHERE NOT EXISTS (SELECT FROM ${quoted(...link.referencedTable.split('.'))} AS parent
                         WHERE parent.${quoted(link.referencedColumn)}::text = value)`,
      [[...new Set(values)]],
    );
    for (const { value } of rows) dangling.add(reference(link, value));
  }
  return dangling;
}

/** All keys of a table; undefined when it has more rows than `limit`. */
export async function readKeys(
  session: DatabaseSession,
  table: SalvageTable,
  limit: number,
): Promise<string[] | undefined> {
  const rows = await session.query<{ key: string }>(
    `SELECT ${keySql(table)} AS key FROM ${quoted(table.schema, table.name)} AS t LIMIT $1`,
    [limit + 1],
  );
  return rows.length > limit ? undefined : rows.map(({ key }) => key);
}

/** Rows of the copy that the damaged database has no more. */
export function rowsGone(
  table: SalvageTable,
  onCopy: readonly string[],
  onDamaged: readonly string[],
): RestoredRow[] {
  const left = new Set(onDamaged);
  return onCopy.filter((key) => !left.has(key)).map((key) => ({ table: tableName(table), key }));
}

/** Whether two rows have the same primary key, as an SQL condition on their names. */
export function sameKey({ keyColumns }: SalvageTable, left: string, right: string): string {
  return keyColumns.map((column) => `${left}.${quoted(column)} = ${right}.${quoted(column)}`).join(' AND ');
}

/** Rows, or keys, that PostgreSQL has written as JSON, as one JSON array for it to read. */
export function jsonArray(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

function keySql({ keyColumns }: SalvageTable): string {
  return objectSql(keyColumns, '');
}

function objectSql(columns: readonly string[], cast: string): string {
  const pairs = columns.map((column) => `'${column.replaceAll("'", "''")}', t.${quoted(column)}${cast}`);
  return `jsonb_build_object(${pairs.join(', ')})::text`;
}
