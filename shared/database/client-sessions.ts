import type { ClientSession } from './end-sessions.ts';
import { type DatabaseSession, RECOVERY_APPLICATION_NAME } from './postgres.ts';

/**
 * Sessions of clients: none of the server's own processes, of RDS itself, or of the recovery. Whoever is still signing in has no
 * name yet and may be any of these; a moment later it has one. A condition on `pg_stat_activity` under the name `activity`.
 */
export const IS_CLIENT_SESSION = `
  activity.backend_type = 'client backend' AND activity.pid <> pg_backend_pid()
  AND activity.usename <> 'rdsadmin'
  AND NOT (activity.application_name = '${RECOVERY_APPLICATION_NAME}' AND activity.usename = current_user)`;

/** Sessions that the recovery may end: superusers' are not its to end, and PostgreSQL would refuse. */
const MAY_BE_ENDED = `${IS_CLIENT_SESSION} AND NOT coalesce(role.rolsuper, false)`;

/**
 * Every session of a client that may be ended, the one that has been in its state for longest first.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function listClientSessions(session: DatabaseSession): Promise<ClientSession[]> {
  return session.query<ClientSession>(`
    SELECT activity.pid, activity.usename::text AS "user", activity.application_name AS application,
           coalesce(activity.state, 'starting') AS state,
           greatest(0, extract(epoch FROM clock_timestamp() - activity.state_change))::float8 AS "stateSeconds"
    FROM pg_stat_activity AS activity LEFT JOIN pg_roles AS role ON role.oid = activity.usesysid
    WHERE ${MAY_BE_ENDED}
    ORDER BY activity.state_change NULLS FIRST, activity.pid`);
}
