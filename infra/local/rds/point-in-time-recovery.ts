import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { type BaseBackup, unpackBaseBackup } from './base-backup.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import type { ServerAccount } from './server-account.ts';
import { restoreCommand, WAL_SEGMENT_BYTES, type WalArchive } from './wal-archive.ts';
import { parseSegmentName } from './wal-position.ts';

/** No base backup is old enough for the target, or the archive does not cover it yet. */
export class RecoveryTargetOutsideWindow extends Error {
  override readonly name = 'RecoveryTargetOutsideWindow';
}

/** PostgreSQL ended or left recovery before it stood at the target. */
export class RecoveryEndedEarly extends Error {
  override readonly name = 'RecoveryEndedEarly';
}

/** Recovery paused, but not where it was told to. */
class RecoveryStoppedElsewhere extends Error {
  override readonly name = 'RecoveryStoppedElsewhere';
}

/** Where a recovery stopped, as PostgreSQL itself tells it. */
export interface RecoveryStop {
  /** Commit time of the last transaction that was replayed; `undefined` when none was after the backup. */
  lastReplayedCommit: string | undefined;
  /** Time of the first transaction that was left out. */
  firstExcludedCommit: string;
  /** WAL position of the stop. */
  position: string;
}

/** What one recovery works on. */
export interface RecoveryRequest {
  backups: readonly BaseBackup[];
  archive: WalArchive;
  /** UTC with milliseconds, as `Date.prototype.toISOString` writes it; commits up to and including it are kept. */
  target: string;
  /** The new cluster: not initialised, its data directory does not exist. */
  cluster: PostgresCluster;
  /** Parameters of the source: recovery needs limits no lower than those the WAL was written under. */
  sourceParameters: Readonly<Record<string, string>>;
  account: ServerAccount | undefined;
  /** Ends the recovery half-way. */
  signal?: AbortSignal;
  /** Told when each part begins. */
  onPhase(name: RecoveryPhase): void;
}

/** The parts of a recovery, in order. */
export type RecoveryPhase = 'copy' | 'recovery-to-target' | 'promote';

const RECOVERY_DEADLINE_MILLIS = 30 * 60_000;
const EXIT_GRACE_MILLIS = 2_000;
const STOP_LINE = /recovery stopping before (?:commit|abort) of transaction \d+, time (\S+ \S+)/;
const RESTORED_SEGMENT_LINE = /restored log file "([0-9A-F]{24})" from archive/g;

/**
 * Restores a cluster to a moment, proves that it stands exactly there, and opens it for writing.
 *
 * PostgreSQL by itself accepts several requests that it cannot fulfil, and then serves other data than was asked
 * for. So nothing is left to it: the target lies behind the end of a backup and before the end of the archive,
 * the WAL between is complete and unchanged, the timeline is that of the backup, recovery always pauses, and the
 * pause is compared with the target before the cluster is promoted.
 *
 * @throws {RecoveryTargetOutsideWindow} before anything is written.
 * @throws {WalArchiveDamaged} when WAL that is needed is missing or changed.
 * @throws {BaseBackupDamaged} when the backup is not what was taken.
 * @throws {RecoveryEndedEarly} or {RecoveryStoppedElsewhere} when the proof fails; the cluster is stopped then.
 */
export async function recoverToPointInTime(request: RecoveryRequest): Promise<RecoveryStop> {
  const { archive, cluster, target } = request;
  const backup = newestBackupBefore(request.backups, target);
  if (!archive.coveredUntil || target > archive.coveredUntil) {
    throw new RecoveryTargetOutsideWindow(
      `${target} is later than ${archive.coveredUntil ?? 'any archived WAL'}`,
    );
  }
  const { timeline, startPosition } = backup.manifest;
  await archive.verify(archive.segmentsFor({ timeline, position: startPosition }, target));

  request.onPhase('copy');
  await unpackBaseBackup(backup, cluster.dataDirectory, request.account, request.signal);
  cluster.configure(request.sourceParameters);
  cluster.configureRecovery({
    restore_command: restoreCommand(archive.directory),
    recovery_target_time: recoveryTargetTime(target),
    recovery_target_timeline: 'current',
    recovery_target_action: 'pause',
  });
  try {
    request.onPhase('recovery-to-target');
    const stop = await replayProvePromote(cluster, { ...request, timeline });
    cluster.configureRecovery(undefined);
    return stop;
  } catch (error) {
    await cluster.stop('immediate');
    throw error;
  }
}

/**
 * The newest backup whose copy was consistent at the target. From an older moment PostgreSQL would stop on newer
 * data than asked for, without a word.
 *
 * @throws {RecoveryTargetOutsideWindow} when there is none.
 */
function newestBackupBefore(backups: readonly BaseBackup[], target: string): BaseBackup {
  const backup = backups.findLast(({ consistentFrom }) => consistentFrom <= target);
  if (!backup) {
    throw new RecoveryTargetOutsideWindow(
      `${target} is earlier than ${backups[0]?.consistentFrom ?? 'any base backup'}`,
    );
  }
  return backup;
}

/**
 * A time as `recovery_target_time` wants it: the suffix `Z` is an error there, and no zone means local time.
 *
 * @param utc as `Date.prototype.toISOString` writes it.
 */
export function recoveryTargetTime(utc: string): string {
  return utc.replace('T', ' ').replace(/Z$/, '000+00');
}

async function replayProvePromote(
  cluster: PostgresCluster,
  expected: Expectation & Pick<RecoveryRequest, 'onPhase' | 'signal'>,
): Promise<RecoveryStop> {
  const logLength = cluster.logLength();
  const server = cluster.spawn();
  const deadline = Date.now() + RECOVERY_DEADLINE_MILLIS;
  const checkAlive = () => {
    expected.signal?.throwIfAborted();
    if (!server.running) throw new RecoveryEndedEarly(cluster.lastFatalMessage(logLength));
    if (Date.now() > deadline) throw new RecoveryEndedEarly('recovery did not reach the target in time');
  };
  const poll = async (done: () => boolean | Promise<boolean>) => {
    for (let waitMillis = 2; !(await done()); waitMillis = Math.min(waitMillis * 1.5, 50)) {
      checkAlive();
      await delay(waitMillis);
    }
  };
  try {
    await poll(() => cluster.acceptsConnections());
    return await cluster.withAdmin(async (client) => {
      await poll(() => isPaused(client));
      const stop = await proveStop(client, expected, cluster.logSince(logLength));
      expected.onPhase('promote');
      await client.query('SELECT pg_wal_replay_resume()');
      await poll(async () => !(await isRecovering(client)));
      return stop;
    });
  } catch (error) {
    if (isProofFailure(error)) throw error;
    // A server that ends under the connection says why in its log.
    await Promise.race([server.exited, delay(EXIT_GRACE_MILLIS)]);
    checkAlive();
    throw error;
  }
}

function isProofFailure(error: unknown): boolean {
  return error instanceof RecoveryEndedEarly || error instanceof RecoveryStoppedElsewhere;
}

async function isPaused(client: Client): Promise<boolean> {
  if (!(await isRecovering(client))) {
    throw new RecoveryEndedEarly('PostgreSQL left recovery without pausing at the target');
  }
  const { rows } = await client.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
  return rows[0]?.state === 'paused';
}

async function isRecovering(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
  return rows[0]?.recovering ?? false;
}

interface Expectation {
  target: string;
  timeline: number;
}

interface PauseRow {
  last_commit: string | null;
  position: string;
  last_commit_fits: boolean;
  first_excluded_fits: boolean;
}

/** The target lies after the last replayed commit and before the first one left out, all on one timeline. */
async function proveStop(
  client: Client,
  { target, timeline }: Expectation,
  log: string,
): Promise<RecoveryStop> {
  const firstExcludedCommit = STOP_LINE.exec(log)?.[1];
  if (!firstExcludedCommit) {
    throw new RecoveryStoppedElsewhere('recovery paused without having seen a transaction after the target');
  }
  const strangeSegment = [...log.matchAll(RESTORED_SEGMENT_LINE)]
    .map(([, name = '']) => name)
    .find((name) => parseSegmentName(name, WAL_SEGMENT_BYTES).timeline !== timeline);
  if (strangeSegment) {
    throw new RecoveryStoppedElsewhere(`recovery left timeline ${timeline}: it read ${strangeSegment}`);
  }
  const { rows } = await client.query<PauseRow>(
    `SELECT pg_last_xact_replay_timestamp()::text AS last_commit,
            pg_last_wal_replay_lsn()::text AS position,
            coalesce(pg_last_xact_replay_timestamp() <= $1::timestamptz, true) AS last_commit_fits,
            $2::timestamptz > $1::timestamptz AS first_excluded_fits`,
    [target, firstExcludedCommit],
  );
  const pause = rows[0];
  if (!pause?.last_commit_fits || !pause.first_excluded_fits) {
    throw new RecoveryStoppedElsewhere(
      `recovery to ${target} stopped between ${pause?.last_commit} and ${firstExcludedCommit}`,
    );
  }
  return {
    lastReplayedCommit: pause.last_commit ?? undefined,
    firstExcludedCommit,
    position: pause.position,
  };
}
