import * as z from 'zod';
import { endSessions } from './end-sessions.ts';
import type { DatabaseSession } from './postgres.ts';
import { SlowingSession } from './session-policy.ts';
import { asTimestamp } from './sql-text.ts';

/** What became of a session that was to be ended. */
export const EndedSlowSession = SlowingSession.extend({
  /**
   * `cancelled`: its statement was, which was enough. `terminated`: the session was. `gone`: it had ended by itself.
   * `remains`: the server was told, and it is still there.
   */
  how: z.enum(['cancelled', 'terminated', 'gone', 'remains']),
});
export type EndedSlowSession = z.infer<typeof EndedSlowSession>;

/** A statement looks for a cancellation every few milliseconds, unless it waits for a disk. */
const CANCEL_LOOKS = 20;
const CANCEL_LOOK_SECONDS = 0.05;

/** The sessions of $1 (pids) that are still the processes of $2, and what they do now. */
const STILL_THE_SAME = `
  FROM unnest($1::int[], $2::text[]) AS victim (pid, backend_start)
  JOIN pg_stat_activity AS activity ON activity.pid = victim.pid AND ${asTimestamp('activity.backend_start')} = victim.backend_start`;

/**
 * Ends what slows others down as gently as it goes: a statement that runs is cancelled, which also takes its transaction back and
 * gives its locks away; only where that does not help, and for sessions that run nothing, the session is ended. Needs
 * `pg_signal_backend`.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function endSlowSessions(
  session: DatabaseSession,
  victims: readonly SlowingSession[],
): Promise<EndedSlowSession[]> {
  if (victims.length === 0) return [];
  const running = victims.filter(({ state }) => state === 'active');
  const [told] = await session.query<{ at: string }>(`SELECT ${asTimestamp('clock_timestamp()')} AS at`);
  await session.query(
    `SELECT pg_cancel_backend(activity.pid) ${STILL_THE_SAME} WHERE activity.state = 'active'`,
    identities(running),
  );
  const unhelped = await untilCancelled(session, running, told?.at ?? '');
  const present = await stillThere(session, victims);
  const toTerminate = victims.filter(
    (victim) => present.has(victim.pid) && (victim.state !== 'active' || unhelped.has(victim.pid)),
  );
  const terminated = new Map(
    (await endSessions(session, toTerminate)).map(({ pid, ended }) => [pid, ended] as const),
  );
  return victims.map((victim) => {
    const ended = terminated.get(victim.pid);
    if (ended !== undefined) return { ...victim, how: ended ? 'terminated' : 'remains' };
    return { ...victim, how: victim.state === 'active' ? 'cancelled' : 'gone' };
  });
}

/**
 * Looks until nobody runs the cancelled statement, or holds others up with the transaction that it belonged to: whoever has begun
 * something else since is not slow any more.
 * @param toldAt when they were told.
 * @returns pids that were not helped by it.
 */
async function untilCancelled(
  session: DatabaseSession,
  victims: readonly SlowingSession[],
  toldAt: string,
): Promise<ReadonlySet<number>> {
  let left = new Set<number>(victims.map(({ pid }) => pid));
  for (let look = 0; look < CANCEL_LOOKS && left.size > 0; look += 1) {
    // The server waits, so that the function need not; the rows are read after the pause.
    await session.query(`SELECT pg_sleep(${CANCEL_LOOK_SECONDS})`);
    const rows = await session.query<{ pid: number }>(
      `WITH blocking AS (SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS pid FROM pg_stat_activity WHERE wait_event_type = 'Lock')
       SELECT activity.pid ${STILL_THE_SAME}
       WHERE (activity.state = 'active' AND activity.query_start <= $3::timestamptz)
          OR (activity.pid IN (SELECT pid FROM blocking) AND activity.xact_start <= $3::timestamptz)`,
      [...identities(victims), toldAt],
    );
    left = new Set(rows.map(({ pid }) => pid));
  }
  return left;
}

async function stillThere(
  session: DatabaseSession,
  victims: readonly SlowingSession[],
): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ pid: number }>(
    `SELECT activity.pid ${STILL_THE_SAME}`,
    identities(victims),
  );
  return new Set(rows.map(({ pid }) => pid));
}

function identities(sessions: readonly SlowingSession[]): unknown[] {
  return [sessions.map(({ pid }) => pid), sessions.map(({ backendStart }) => backendStart)];
}
