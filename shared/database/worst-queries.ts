import * as z from 'zod';
import { StatementFailed } from './errors.ts';
import type { DatabaseSession } from './postgres.ts';
import { quoted } from './sql-text.ts';

/** A statement as `pg_stat_statements` counts it: constants are left out of its text. */
const WorstQuery = z.object({
  queryId: z.string(),
  user: z.string(),
  calls: z.int().nonnegative(),
  meanMillis: z.number().nonnegative(),
  totalSeconds: z.number().nonnegative(),
  rows: z.int().nonnegative(),
  /** Share of its pages that were found in memory, 0 to 1; null before it read any. */
  cacheHitRatio: z.number().nullable(),
  query: z.string(),
});
type WorstQuery = z.infer<typeof WorstQuery>;

/** The statements that took most time since the statistics were reset, or why nobody can say. */
export const WorstQueries = z.object({ unavailable: z.string().nullable(), queries: z.array(WorstQuery) });
export type WorstQueries = z.infer<typeof WorstQueries>;

const MOST_QUERIES = 5;
const QUERY_CHARACTERS = 300;

/**
 * The statements of this database that took most time altogether. Where the extension is not installed or not loaded, that is said
 * instead: it is no reason to stop.
 * @throws {DatabaseUnreachable}
 */
export async function listWorstQueries(session: DatabaseSession): Promise<WorstQueries> {
  const [extension] = await session.query<{ schema: string }>(
    `SELECT nspname AS schema FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
     WHERE extname = 'pg_stat_statements'`,
  );
  if (extension === undefined)
    return {
      unavailable:
        'pg_stat_statements is not installed: CREATE EXTENSION pg_stat_statements, with shared_preload_libraries in the parameter group',
      queries: [],
    };
  try {
    const view = quoted(extension.schema, 'pg_stat_statements');
    const queries = await session.query<WorstQuery>(`
      SELECT statement.queryid::text AS "queryId", coalesce(pg_get_userbyid(statement.userid), '')::text AS "user",
             statement.calls::float8 AS calls, statement.mean_exec_time AS "meanMillis",
             statement.total_exec_time / 1000 AS "totalSeconds", statement.rows::float8 AS rows,
             statement.shared_blks_hit::float8 / nullif(statement.shared_blks_hit + statement.shared_blks_read, 0) AS "cacheHitRatio",
             left(regexp_replace(coalesce(statement.query, ''), '\\s+', ' ', 'g'), ${QUERY_CHARACTERS}) AS query
      FROM ${view} AS statement
      WHERE statement.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND statement.userid <> current_user::regrole AND statement.queryid IS NOT NULL
      ORDER BY statement.total_exec_time DESC LIMIT ${MOST_QUERIES}`);
    return { unavailable: null, queries };
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    return { unavailable: `pg_stat_statements cannot be read: ${error.message}`, queries: [] };
  }
}
