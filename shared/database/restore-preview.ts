import { secondsBetween } from '../lambda/clock.ts';
import type { Baseline } from './baseline.ts';
import { requireCommitTimes, transactionsSince } from './commit-evidence.ts';
import { StatementFailed } from './errors.ts';
import { EvidenceUnavailable } from './evidence-unavailable.ts';
import { inSnapshot } from './guarded-read.ts';
import { readRelationFiles } from './landmarks.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { RestorePreview } from './restore-point.ts';
import { asTimestamp, quoted, tableName } from './sql-text.ts';

/** {@link previewLosses}; none where the source cannot say. @throws {DatabaseUnreachable} */
export async function previewsOrNone(...about: Parameters<typeof previewLosses>): Promise<RestorePreview[]> {
  try {
    return await previewLosses(...about);
  } catch (error) {
    if (error instanceof EvidenceUnavailable || error instanceof StatementFailed) return [];
    throw error;
  }
}

/**
 * Counts what was committed after each of some restore points, by commit timestamps; the tables are read once for all of them.
 * @param from a baseline at or before the earliest point.
 * @param culpritXid whose rows nobody will miss.
 * @throws {EvidenceUnavailable} when the server keeps no commit times.
 * @throws {StatementFailed}
 */
async function previewLosses(
  session: DatabaseSession,
  platform: PlatformData,
  restoreTimes: readonly string[],
  from: Pick<Baseline, 'nextTransactionId'>,
  culpritXid: string | null,
): Promise<RestorePreview[]> {
  await requireCommitTimes(session);
  return inSnapshot(session, async () => {
    const range = await transactionsSince(session, from.nextTransactionId);
    const present = await readRelationFiles(session, platform);
    const written = platform.criticalTables
      .filter((table) => present[tableName(table)] !== undefined)
      .map(
        ({ schema, name }) => `SELECT '${tableName({ schema, name })}' AS name, xmin AS xid
          FROM ${quoted(schema, name)} WHERE age(xmin) BETWEEN 0 AND $1::int`,
      );
    const rows = await session.query<{
      restore_time: string;
      rows: Record<string, number>;
      transactions: string;
      last_commit_at: string | null;
    }>(
      `WITH written AS (${written.join(' UNION ALL ') || "SELECT '' AS name, '0'::xid AS xid WHERE $1::int < 0"}),
       stamped AS MATERIALIZED (
         SELECT name, xid::text AS xid, pg_xact_commit_timestamp(xid) AS at FROM written
         WHERE xid::text IS DISTINCT FROM $3
       )
       SELECT point.restore_time,
              (SELECT coalesce(jsonb_object_agg(name, rows), '{}')
               FROM (SELECT name, count(*) AS rows FROM stamped WHERE at > point.moment GROUP BY name) AS counted) AS rows,
              (SELECT count(DISTINCT xid) FROM stamped WHERE at > point.moment)::text AS transactions,
              ${asTimestamp('SELECT max(at) FROM stamped WHERE at > point.moment')} AS last_commit_at
       FROM (SELECT restore_time, restore_time::timestamptz AS moment FROM unnest($2::text[]) AS given (restore_time)) AS point`,
      [range, [...restoreTimes], culpritXid],
    );
    return rows.map(
      ({ restore_time: restoreTime, rows: lost, transactions, last_commit_at: lastCommitAt }) => ({
        restoreTime,
        transactions: Number(transactions),
        rows: lost,
        lastCommitAt,
        rpoSeconds: lastCommitAt === null ? 0 : Math.max(0, secondsBetween(restoreTime, lastCommitAt)),
      }),
    );
  });
}
