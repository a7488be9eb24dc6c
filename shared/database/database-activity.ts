import * as z from 'zod';
import { IS_CLIENT_SESSION } from './client-sessions.ts';
import { type DatabaseSession, RECOVERY_APPLICATION_NAME } from './postgres.ts';
import { lookSeveralTimes } from './several-looks.ts';

/** What the sessions of the server do at this moment. */
export const DatabaseActivity = z.object({
  /** Slots that ordinary users can get: `max_connections` less what is kept for superusers and reserved roles. */
  ordinarySlots: z.int().positive(),
  /** Slots that are taken by anybody but the recovery: RDS itself and whoever is still signing in keep others out too. */
  takenSlots: z.int().nonnegative(),
  idleSessions: z.int().nonnegative(),
  idleInTransactionSessions: z.int().nonnegative(),
  /** Age of the oldest statement that runs, by clients; 0 when none does. */
  longestQuerySeconds: z.number().nonnegative(),
  /** Sessions that wait for a lock which another session holds. */
  blockedSessions: z.int().nonnegative(),
  /** Age of the oldest transaction that others wait for; 0 when nobody waits. */
  longestBlockingSeconds: z.number().nonnegative(),
  /** Milliseconds to sign in and to have this answered. */
  probeLatencyMillis: z.number().nonnegative(),
});
export type DatabaseActivity = z.infer<typeof DatabaseActivity>;

/** Share of the ordinary slots that is taken, 0 to 1. */
export function connectionUsage({ takenSlots, ordinarySlots }: DatabaseActivity): number {
  return Math.min(1, takenSlots / ordinarySlots);
}

/**
 * Measures what the sessions do. Needs `pg_monitor` to see those of others.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observeActivity(session: DatabaseSession): Promise<DatabaseActivity> {
  const startedAtMillis = performance.now();
  const [row] = await session.query<Record<string, string | number>>(`
    WITH client AS (SELECT activity.* FROM pg_stat_activity AS activity WHERE ${IS_CLIENT_SESSION}),
         waiting AS (SELECT pid, unnest(pg_blocking_pids(pid)) AS blocker FROM client WHERE wait_event_type = 'Lock')
    SELECT current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int AS "ordinarySlots",
           (SELECT count(*) FROM pg_stat_activity AS taken
            WHERE taken.backend_type = 'client backend'
              AND taken.application_name <> '${RECOVERY_APPLICATION_NAME}')::int AS "takenSlots",
           count(*) FILTER (WHERE state = 'idle')::int AS "idleSessions",
           count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS "idleInTransactionSessions",
           coalesce(max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active'), 0)::float8
             AS "longestQuerySeconds",
           (SELECT count(DISTINCT pid) FROM waiting)::int AS "blockedSessions",
           coalesce((SELECT max(extract(epoch FROM clock_timestamp() - holder.xact_start))
                     FROM pg_stat_activity AS holder
                     WHERE holder.pid IN (SELECT blocker FROM waiting EXCEPT SELECT pid FROM waiting)), 0)::float8
             AS "longestBlockingSeconds"
    FROM client`);
  const latencyMillis = session.connectMillis + (performance.now() - startedAtMillis);
  return DatabaseActivity.parse({
    ...row,
    longestQuerySeconds: Math.max(0, Number(row?.longestQuerySeconds)),
    longestBlockingSeconds: Math.max(0, Number(row?.longestBlockingSeconds)),
    probeLatencyMillis: Math.round(latencyMillis),
  });
}

/** Statements of ordinary trading are shorter (SOP P1: latency above one second). */
const SHORT_QUERY_SECONDS = 1;

/**
 * As `observeActivity`, and not deceived by clients that wait together and give up together: while nobody waits although somebody works
 * for long or keeps a transaction open, it looks again. The look at which the oldest transaction held others up is the one that counts.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function observeStandingActivity(session: DatabaseSession): Promise<DatabaseActivity> {
  const looks = await lookSeveralTimes(
    session,
    observeActivity,
    ({ blockedSessions, longestQuerySeconds, idleInTransactionSessions }) =>
      blockedSessions > 0 || (longestQuerySeconds <= SHORT_QUERY_SECONDS && idleInTransactionSessions === 0),
  );
  return looks.reduce((worst, look) =>
    look.longestBlockingSeconds > worst.longestBlockingSeconds ? look : worst,
  );
}
