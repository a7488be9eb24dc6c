import type { DatabaseSession } from './postgres.ts';
import type { WorkloadFacts } from './scaling-advice.ts';
import { isBloated, type TableUpkeep } from './table-upkeep.ts';

/**
 * Reads the server's statistics about its own work.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observeWorkload(
  session: DatabaseSession,
  tables: readonly TableUpkeep[],
): Promise<WorkloadFacts> {
  const [database] = await session.query<{
    ratio: number | null;
    temporary: string;
    deadlocks: string;
    age: number;
  }>(`
    SELECT (blks_hit::float8 / nullif(blks_hit + blks_read, 0)) AS ratio, temp_bytes::text AS temporary,
           deadlocks::text AS deadlocks, (SELECT max(age(datfrozenxid)) FROM pg_database)::float8 AS age
    FROM pg_stat_database WHERE datname = current_database()`);
  return {
    cacheHitRatio: database?.ratio ?? null,
    temporaryBytes: Number(database?.temporary ?? 0),
    deadlocks: Number(database?.deadlocks ?? 0),
    oldestTransactionAge: database?.age ?? 0,
    bloatedTables: tables.filter(isBloated).map(({ table }) => table),
  };
}
