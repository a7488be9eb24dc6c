import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { quoted, tableName } from './sql-text.ts';

/** Position of the next record of the write-ahead log; null on a server that replays one instead of writing it. */
export async function readWalPosition(session: DatabaseSession): Promise<string | null> {
  const [row] = await session.query<{ position: string | null }>(
    'SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn()::text END AS position',
  );
  return row?.position ?? null;
}

/** Number of the file that holds each critical table now, by `schema.table`; a table that is gone, or has no file, is left out. */
export async function readRelationFiles(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<Record<string, string>> {
  const rows = await session.query<{ name: string; file: string }>(
    `SELECT name, pg_relation_filenode(to_regclass(quoted))::text AS file
     FROM unnest($1::text[], $2::text[]) AS known (name, quoted)
     WHERE pg_relation_filenode(to_regclass(quoted)) IS NOT NULL`,
    [
      platform.criticalTables.map(tableName),
      platform.criticalTables.map(({ schema, name }) => quoted(schema, name)),
    ],
  );
  return Object.fromEntries(rows.map(({ name, file }) => [name, file]));
}
