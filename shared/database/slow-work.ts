import * as z from 'zod';
import { IS_CLIENT_SESSION } from './client-sessions.ts';
import { ClientSession } from './end-sessions.ts';
import type { DatabaseSession } from './postgres.ts';

/** A session that may delay others. */
export const WorkingSession = ClientSession.extend({
  /** Age of its transaction; 0 without one. */
  transactionSeconds: z.number().nonnegative(),
  /** Age of the statement that it runs; 0 when it runs none. */
  querySeconds: z.number().nonnegative(),
  /** Sessions that wait for it directly. */
  blocks: z.int().nonnegative(),
  /** It waits for another session itself: ending it would help nobody. */
  blocked: z.boolean(),
});
export type WorkingSession = z.infer<typeof WorkingSession>;

/** Nobody waits longer for a lock in ordinary trading (SOP P1: latency above one second). */
const LONG_BLOCKING_SECONDS = 2;
/** No statement of a trading platform runs so long; a report that does belongs on a replica. */
const LONG_QUERY_SECONDS = 60;

/**
 * SOP `database_optimization`: whose end lets the others go on. First the sessions at the root of a queue of waiting ones, then
 * the statements that run for too long, longest first.
 */
export function chooseSlowSessions(sessions: readonly WorkingSession[]): WorkingSession[] {
  const roots = sessions.filter(
    ({ blocks, blocked, transactionSeconds }) =>
      blocks > 0 && !blocked && transactionSeconds >= LONG_BLOCKING_SECONDS,
  );
  const long = sessions.filter(
    (session) => session.querySeconds >= LONG_QUERY_SECONDS && !session.blocked && !roots.includes(session),
  );
  return [
    ...roots.toSorted((left, right) => right.transactionSeconds - left.transactionSeconds),
    ...long.toSorted((left, right) => right.querySeconds - left.querySeconds),
  ];
}

/**
 * What every client's session does and whom it holds up.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function listWorkingSessions(session: DatabaseSession): Promise<WorkingSession[]> {
  const age = (since: string) =>
    `greatest(0, coalesce(extract(epoch FROM clock_timestamp() - ${since}), 0))::float8`;
  return session.query<WorkingSession>(`
    WITH waiting AS (SELECT pid, unnest(pg_blocking_pids(pid)) AS blocker FROM pg_stat_activity WHERE wait_event_type = 'Lock')
    SELECT activity.pid, activity.usename::text AS "user", activity.application_name AS application,
           coalesce(activity.state, 'starting') AS state, ${age('activity.state_change')} AS "stateSeconds",
           ${age('activity.xact_start')} AS "transactionSeconds",
           CASE WHEN activity.state = 'active' THEN ${age('activity.query_start')} ELSE 0 END AS "querySeconds",
           (SELECT count(DISTINCT pid) FROM waiting WHERE blocker = activity.pid)::int AS blocks,
           EXISTS (SELECT FROM waiting WHERE waiting.pid = activity.pid) AS blocked
    FROM pg_stat_activity AS activity LEFT JOIN pg_roles AS role ON role.oid = activity.usesysid
    WHERE ${IS_CLIENT_SESSION} AND NOT coalesce(role.rolsuper, false)
    ORDER BY activity.pid`);
}
