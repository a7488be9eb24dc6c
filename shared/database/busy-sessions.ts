import type { BusySession } from './busy-session.ts';
import { type DatabaseSession, RECOVERY_APPLICATION_NAME } from './postgres.ts';
import { asTimestamp } from './sql-text.ts';

/** Characters of a statement that are kept: enough to know it again. */
const QUERY_CHARACTERS = 300;

/** What `pg_stat_activity` shows of a session. */
export interface ActivityRow extends Omit<BusySession, 'kind'> {
  /** `client backend`, `walsender`, `autovacuum worker` ... */
  readonly backendType: string;
  readonly superuser: boolean;
  /** It signed in as the recovery itself does. */
  readonly isRecovery: boolean;
}

/** Who a session belongs to. */
export function kindOf({
  backendType,
  superuser,
  isRecovery,
  user,
  query,
}: Pick<ActivityRow, 'backendType' | 'superuser' | 'isRecovery' | 'user' | 'query'>): BusySession['kind'] {
  if (isRecovery) return 'recovery';
  if (user.startsWith('rds')) return 'rds';
  if (backendType === 'walsender' || backendType.startsWith('logical replication')) return 'replication';
  if (backendType === 'autovacuum worker')
    return query.includes('(to prevent wraparound)') ? 'wraparound-vacuum' : 'autovacuum';
  if (backendType !== 'client backend') return 'server-process';
  return superuser ? 'superuser' : 'client';
}

/**
 * Every session that works, waits or holds a transaction, and what it waits for. Needs `pg_monitor` to see those of others.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function listBusySessions(session: DatabaseSession): Promise<BusySession[]> {
  const age = (since: string) =>
    `greatest(0, coalesce(extract(epoch FROM clock_timestamp() - ${since}), 0))::float8`;
  const rows = await session.query<ActivityRow>(
    `
    SELECT activity.pid, coalesce(activity.usename, '')::text AS "user", coalesce(activity.application_name, '') AS application,
           coalesce(activity.state, 'starting') AS state, ${age('activity.state_change')} AS "stateSeconds",
           ${asTimestamp('activity.backend_start')} AS "backendStart", activity.backend_type AS "backendType",
           coalesce(role.rolsuper, false) AS superuser,
           activity.application_name = $1 AND activity.usename = current_user AS "isRecovery",
           coalesce(${asTimestamp('activity.xact_start')}, '') AS "transactionStart",
           ${age('activity.xact_start')} AS "transactionSeconds",
           CASE WHEN activity.state = 'active' THEN ${age('activity.query_start')} ELSE 0 END AS "querySeconds",
           coalesce((SELECT max(${age('lock.waitstart')}) FROM pg_locks AS lock
                     WHERE lock.pid = activity.pid AND NOT lock.granted), 0) AS "waitSeconds",
           CASE WHEN activity.wait_event_type = 'Lock' THEN pg_blocking_pids(activity.pid) ELSE '{}' END AS "blockedBy",
           left(coalesce(activity.query, ''), ${QUERY_CHARACTERS}) AS query
    FROM pg_stat_activity AS activity LEFT JOIN pg_roles AS role ON role.oid = activity.usesysid
    WHERE activity.pid <> pg_backend_pid() AND (activity.state <> 'idle' OR activity.xact_start IS NOT NULL)
    ORDER BY activity.pid`,
    [RECOVERY_APPLICATION_NAME],
  );
  const sessions = rows.map(({ backendType, superuser, isRecovery, ...seen }) => ({
    ...seen,
    kind: kindOf({ backendType, superuser, isRecovery, ...seen }),
  }));
  return [...sessions, ...(await preparedTransactions(session))];
}

/** What was prepared for a commit that never came: it holds its locks until somebody who knows decides. */
async function preparedTransactions(session: DatabaseSession): Promise<BusySession[]> {
  const [row] = await session.query<{ names: string | null; seconds: number | null; owners: string | null }>(`
    SELECT string_agg(gid, ', ' ORDER BY prepared) AS names, string_agg(DISTINCT owner::text, ', ') AS owners,
           max(extract(epoch FROM clock_timestamp() - prepared))::float8 AS seconds
    FROM pg_prepared_xacts`);
  if (row?.names == null) return [];
  return [
    {
      pid: 0,
      user: row.owners ?? '',
      application: '',
      state: 'prepared',
      stateSeconds: Math.max(0, row.seconds ?? 0),
      backendStart: '',
      kind: 'prepared-transaction',
      transactionStart: '',
      transactionSeconds: Math.max(0, row.seconds ?? 0),
      querySeconds: 0,
      waitSeconds: 0,
      blockedBy: [],
      query: `prepared transactions: ${row.names}`.slice(0, QUERY_CHARACTERS),
    },
  ];
}
