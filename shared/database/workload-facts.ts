import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { WorkloadFacts } from './scaling-advice.ts';
import { quoted, tableName } from './sql-text.ts';

/**
 * Reads the server's statistics about its own work.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observeWorkload(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<WorkloadFacts> {
  const [database] = await session.query<{ ratio: number | null; temporary: string; deadlocks: string }>(`
    SELECT (blks_hit::float8 / nullif(blks_hit + blks_read, 0)) AS ratio, temp_bytes::text AS temporary,
           deadlocks::text AS deadlocks
    FROM pg_stat_database WHERE datname = current_database()`);
  const bloated = await session.query<{ table: string }>(
    `SELECT schemaname || '.' || relname AS "table" FROM pg_stat_user_tables
     WHERE schemaname || '.' || relname = ANY ($1) AND n_dead_tup > 1000 AND n_dead_tup > n_live_tup / 5
     ORDER BY 1`,
    [platform.criticalTables.map(tableName)],
  );
  return {
    cacheHitRatio: database?.ratio ?? null,
    temporaryBytes: Number(database?.temporary ?? 0),
    deadlocks: Number(database?.deadlocks ?? 0),
    bloatedTables: bloated.map(({ table }) => table),
  };
}

/**
 * Refreshes the planner's statistics of the critical tables. The server skips, with a warning, a table that the user may not
 * maintain; a table that is locked or gone is skipped too.
 * @returns what was skipped, and why.
 */
export async function refreshStatistics(session: DatabaseSession, platform: PlatformData): Promise<string[]> {
  const warnedBefore = session.warnings.length;
  await session.query(`SET lock_timeout = '2s'`);
  const skipped: string[] = [];
  for (const table of platform.criticalTables) {
    await session.query(`ANALYZE ${quoted(table.schema, table.name)}`).catch((error: Error) => {
      if (error.name !== 'StatementFailed') throw error;
      skipped.push(`${tableName(table)}: ${error.message}`);
    });
  }
  return [...skipped, ...session.warnings.slice(warnedBefore)];
}
