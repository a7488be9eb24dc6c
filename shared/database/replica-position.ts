import { DatabaseUnreachable, ReplicaStillReplaying, StatementFailed } from './errors.ts';
import { type DatabaseAccessEnv, type DatabaseSession, withDatabase } from './postgres.ts';
import type { ReplicaPosition, Standbys } from './standbys.ts';

interface PositionRow {
  readonly standby: boolean;
  readonly replayed_until: string | null;
  readonly position: string | null;
  readonly exhausted: boolean | null;
}

/** Where a standby stands. */
export interface StandbyPosition {
  /** Commit time of the newest transaction that was replayed, RFC 3339 with microseconds; null when there is none. */
  readonly replayedUntil: string | null;
  /** WAL position up to which it has replayed. */
  readonly position: string | null;
  /** Everything that it has received is replayed: without its source it comes no further. */
  readonly exhausted: boolean;
}

/**
 * Asks a server how far it has replayed; undefined when it is no standby. It has replayed all that it has when the two positions meet,
 * or when the process that replays waits for more: the last record may have been cut off in the middle.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function readPosition(session: DatabaseSession): Promise<StandbyPosition | undefined> {
  const [row] = await session.query<PositionRow>(`
    SELECT pg_is_in_recovery() AS standby,
           to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS replayed_until,
           pg_last_wal_replay_lsn()::text AS position,
           coalesce(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), false) OR EXISTS (
             SELECT FROM pg_stat_activity WHERE backend_type = 'startup'
               AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')) AS exhausted`);
  if (row?.standby !== true) return undefined;
  return { replayedUntil: row.replayed_until, position: row.position, exhausted: row.exhausted ?? false };
}

/**
 * Where a standby stands for good, now that its source sends nothing more.
 * @throws {ReplicaStillReplaying} while it comes further: worth another try.
 */
export function requireExhausted(identifier: string, position: StandbyPosition): StandbyPosition {
  if (position.exhausted) return position;
  throw new ReplicaStillReplaying(
    `${identifier}: still replays what it has received, now at ${position.position}`,
  );
}

/** How far each replica has come; one that cannot be asked says why, and hinders nothing. */
export function measureReplicas(
  { replicas }: Standbys,
  access: DatabaseAccessEnv,
): Promise<ReplicaPosition[]> {
  return Promise.all(
    replicas.map(async ({ identifier, status, host, port }) => {
      const unknown = (obstacle: string) => ({ identifier, status, replayedUntil: null, obstacle });
      if (host === null || port === null) return unknown('it has no endpoint');
      try {
        const position = await withDatabase({ host, port }, access, readPosition);
        if (position === undefined) return unknown('it is no standby any more');
        const { replayedUntil } = position;
        return replayedUntil === null
          ? unknown('it has replayed no transaction')
          : { identifier, status, replayedUntil, obstacle: null };
      } catch (error) {
        if (error instanceof DatabaseUnreachable || error instanceof StatementFailed)
          return unknown(error.message);
        throw error;
      }
    }),
  );
}
