import * as z from 'zod';
import type { DatabaseSession } from './postgres.ts';

/** How well a table is kept by vacuum and analyze. */
export const TableUpkeep = z.object({
  /** With its schema, as the platform names it. */
  table: z.string(),
  schema: z.string(),
  name: z.string(),
  liveRows: z.number().nonnegative(),
  deadRows: z.number().nonnegative(),
  /** Rows that have changed since the planner's statistics were taken. */
  changedRows: z.number().nonnegative(),
  /** Age of the last vacuum and the last analyze, by hand or by itself; null when there never was one. */
  vacuumedSecondsAgo: z.number().nonnegative().nullable(),
  analyzedSecondsAgo: z.number().nonnegative().nullable(),
});
export type TableUpkeep = z.infer<typeof TableUpkeep>;

/** `autovacuum_analyze_threshold` and `autovacuum_analyze_scale_factor` of PostgreSQL, which RDS keeps. */
export interface AnalyzeThreshold {
  readonly rows: number;
  readonly share: number;
}

/** What the server knows of the upkeep of its tables, and when autovacuum would take new statistics. */
export interface DatabaseUpkeep {
  readonly tables: readonly TableUpkeep[];
  readonly threshold: AnalyzeThreshold;
}

/** Fewer dead rows slow nothing down. */
const NOTABLE_DEAD_ROWS = 1000;
/** `autovacuum_vacuum_scale_factor`: with more than this share, autovacuum does not keep up. */
const BLOATED_SHARE = 0.2;

/** Dead rows pile up: every scan reads them. */
export function isBloated({ deadRows, liveRows }: TableUpkeep): boolean {
  return deadRows > NOTABLE_DEAD_ROWS && deadRows > liveRows * BLOATED_SHARE;
}

/**
 * The planner knows the table as it no longer is: it was never analyzed although it has rows (statistics are lost in a crash too), or
 * so much has changed that autovacuum itself would analyze it.
 */
export function hasStaleStatistics(
  { liveRows, changedRows, analyzedSecondsAgo }: TableUpkeep,
  { rows, share }: AnalyzeThreshold,
): boolean {
  if (analyzedSecondsAgo === null) return liveRows > 0 || changedRows > 0;
  return changedRows > rows + share * liveRows;
}

/** The stale ones, the most changed first: they mislead the planner most. */
export function chooseStaleTables({ tables, threshold }: DatabaseUpkeep): TableUpkeep[] {
  return tables
    .filter((table) => hasStaleStatistics(table, threshold))
    .toSorted((left, right) => right.changedRows - left.changedRows || left.table.localeCompare(right.table));
}

/**
 * Reads the upkeep of every table but those of the server itself. Takes no lock on them.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observeUpkeep(session: DatabaseSession): Promise<DatabaseUpkeep> {
  const secondsAgo = (moment: string) =>
    `CASE WHEN ${moment} IS NOT NULL THEN greatest(0, extract(epoch FROM clock_timestamp() - ${moment}))::float8 END`;
  const tables = await session.query<TableUpkeep>(`
    SELECT stat.schemaname || '.' || stat.relname AS "table", stat.schemaname::text AS schema, stat.relname::text AS name,
           greatest(stat.n_live_tup, class.reltuples, 0)::float8 AS "liveRows", stat.n_dead_tup::float8 AS "deadRows",
           stat.n_mod_since_analyze::float8 AS "changedRows",
           ${secondsAgo('greatest(stat.last_vacuum, stat.last_autovacuum)')} AS "vacuumedSecondsAgo",
           ${secondsAgo('greatest(stat.last_analyze, stat.last_autoanalyze)')} AS "analyzedSecondsAgo"
    FROM pg_stat_user_tables AS stat JOIN pg_class AS class ON class.oid = stat.relid
    ORDER BY 1`);
  const [settings] = await session.query<AnalyzeThreshold>(`
    SELECT current_setting('autovacuum_analyze_threshold')::float8 AS rows,
           current_setting('autovacuum_analyze_scale_factor')::float8 AS share`);
  return { tables, threshold: settings ?? { rows: 50, share: 0.1 } };
}
