import type { DatabaseSession } from './postgres.ts';
import { quoted } from './sql-text.ts';
import type { TableUpkeep } from './table-upkeep.ts';

/** What became of the stale tables. */
export interface RefreshedStatistics {
  readonly analyzed: readonly string[];
  /** Tables whose statistics could not be refreshed, with the reason. */
  readonly notAnalyzed: readonly string[];
}

/** Nobody waits behind us for longer: ANALYZE conflicts with changes of the table, and whoever comes next stands behind it. */
const LOCK_TIMEOUT = '2s';

/**
 * Refreshes the planner's statistics of these tables, one after the other. A table that is locked, gone, or not the recovery's to
 * maintain is named and left (the server skips the last with a warning).
 * @param mayBegin asked before each table: false when the time is over.
 * @throws {DatabaseUnreachable}
 */
export async function refreshStatistics(
  session: DatabaseSession,
  tables: readonly Pick<TableUpkeep, 'table' | 'schema' | 'name'>[],
  mayBegin: () => boolean,
): Promise<RefreshedStatistics> {
  const analyzed: string[] = [];
  const notAnalyzed: string[] = [];
  await session.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  for (const { table, schema, name } of tables) {
    if (!mayBegin()) {
      notAnalyzed.push(`${table}: no time was left`);
      continue;
    }
    const warningsBefore = session.warnings.length;
    try {
      await session.query(`ANALYZE ${quoted(schema, name)}`);
      const warnings = session.warnings.slice(warningsBefore);
      if (warnings.length === 0) analyzed.push(table);
      else notAnalyzed.push(`${table}: ${warnings.join('; ')}`);
    } catch (error) {
      if ((error as Error).name !== 'StatementFailed') throw error;
      notAnalyzed.push(`${table}: ${(error as Error).message}`);
    }
  }
  return { analyzed, notAnalyzed };
}
