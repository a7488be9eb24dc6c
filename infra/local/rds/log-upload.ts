import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PostgresCluster } from './postgres-cluster.ts';
import { RDS_ADMIN } from './postgres-settings.ts';
import type { WalArchive } from './wal-archive.ts';

/** The cluster's WAL did not reach its archive; restorable time stands still until it does. */
class LogUploadFailed extends Error {
  override readonly name = 'LogUploadFailed';
}

const ARCHIVE_DEADLINE_MILLIS = 15_000;

/** What the heartbeat needs in the internal database; part of every base backup. */
export const HEARTBEAT_SCHEMA = `
CREATE TABLE rds_heartbeat2 (id int PRIMARY KEY, value bigint NOT NULL, written_at timestamptz NOT NULL);
INSERT INTO rds_heartbeat2 VALUES (1, 0, clock_timestamp());
`;

/**
 * Extends the restorable time to now, as RDS does every five minutes: completes the current WAL segment, waits for
 * it in the archive and records it.
 *
 * A recovery to a moment after the last commit of its WAL fails in PostgreSQL. So each upload ends with a commit of
 * its own, and restorable time ends just before that commit.
 *
 * @returns the new end of restorable time; UTC with milliseconds.
 * @throws {LogUploadFailed} when the segment does not arrive, for one because the archive holds another one of its
 *   name.
 * @throws {WalArchiveDamaged} when a segment in between is missing.
 */
export async function uploadLogs(cluster: PostgresCluster, archive: WalArchive): Promise<string> {
  const { coveredUntil, segment } = await cluster.withAdmin(async (client) => {
    const heartbeat = await client.query<{ written_at: Date }>(
      'UPDATE rds_heartbeat2 SET value = value + 1, written_at = clock_timestamp() RETURNING written_at',
    );
    const completed = await client.query<{ segment: string }>(
      'SELECT pg_walfile_name(pg_switch_wal()) AS segment',
    );
    const [beat, last] = [heartbeat.rows[0], completed.rows[0]];
    if (!beat || !last) throw new LogUploadFailed(`the heartbeat row in ${RDS_ADMIN} is gone`);
    await waitUntilArchived(client, last.segment, beat.written_at);
    // A Date is cut to the millisecond, so the commit of the heartbeat is later than this moment.
    return { coveredUntil: beat.written_at.toISOString(), segment: last.segment };
  });
  await archive.seal(segment, coveredUntil);
  return coveredUntil;
}

/** Asks the archiver, not the archive: a file of that name may be another segment. */
async function waitUntilArchived(client: Client, segment: string, since: Date): Promise<void> {
  const deadline = Date.now() + ARCHIVE_DEADLINE_MILLIS;
  for (let waitMillis = 2; ; waitMillis = Math.min(waitMillis * 1.5, 50)) {
    const { rows } = await client.query<{ archived: boolean | null; failed: boolean | null }>(
      `SELECT last_archived_wal COLLATE "C" >= $1 AS archived,
              last_failed_wal = $1 AND last_failed_time > $2 AS failed FROM pg_stat_archiver`,
      [segment, since],
    );
    if (rows[0]?.archived) return;
    if (rows[0]?.failed || Date.now() > deadline) {
      throw new LogUploadFailed(`WAL segment ${segment} could not be archived`);
    }
    await delay(waitMillis);
  }
}
