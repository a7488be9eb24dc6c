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

/** {@link previewLoss}; null where the source cannot say. @throws {DatabaseUnreachable} */
export async function previewOrNull(
  ...about: Parameters<typeof previewLoss>
): Promise<RestorePreview | null> {
  try {
    return await previewLoss(...about);
  } catch (error) {
    if (error instanceof EvidenceUnavailable || error instanceof StatementFailed) return null;
    throw error;
  }
}

/**
 * Counts what was committed after a restore point, by commit timestamps.
 * @param from a baseline at or before the point.
 * @param culpritXid whose rows nobody will miss.
 * @throws {EvidenceUnavailable} when the server keeps no commit times.
 * @throws {StatementFailed}
 */
async function previewLoss(
  session: DatabaseSession,
  platform: PlatformData,
  restoreTime: string,
  from: Pick<Baseline, 'nextTransactionId'>,
  culpritXid: string | null,
): Promise<RestorePreview> {
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
    const [row] = await session.query<{
      rows: Record<string, number>;
      transactions: string;
      last_commit_at: string | null;
    }>(
      `WITH written AS (${written.join(' UNION ALL ') || "SELECT '' AS name, '0'::xid AS xid WHERE $1::int < 0"}),
       late AS MATERIALIZED (
         SELECT name, xid, pg_xact_commit_timestamp(xid) AS at FROM written
         WHERE pg_xact_commit_timestamp(xid) > $2::timestamptz AND xid::text IS DISTINCT FROM $3
       )
       SELECT (SELECT coalesce(jsonb_object_agg(name, rows), '{}')
               FROM (SELECT name, count(*) AS rows FROM late GROUP BY name) AS counted) AS rows,
              (SELECT count(DISTINCT xid::text) FROM late)::text AS transactions,
              ${asTimestamp('SELECT max(at) FROM late')} AS last_commit_at`,
      [range, restoreTime, culpritXid],
    );
    const lastCommitAt = row?.last_commit_at ?? null;
    return {
      restoreTime,
      transactions: Number(row?.transactions ?? 0),
      rows: row?.rows ?? {},
      lastCommitAt,
      rpoSeconds: lastCommitAt === null ? 0 : Math.max(0, secondsBetween(restoreTime, lastCommitAt)),
    };
  });
}
