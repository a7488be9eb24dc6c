import * as z from 'zod';
import type { DatabaseSession } from './postgres.ts';

/** A session of a client, as far as deciding about it needs. */
export const ClientSession = z.object({
  pid: z.int().positive(),
  user: z.string(),
  application: z.string(),
  /** `active`, `idle`, `idle in transaction` ... */
  state: z.string(),
  /** Seconds since the state was entered. */
  stateSeconds: z.number(),
});
export type ClientSession = z.infer<typeof ClientSession>;

/** A session whose end was asked for. */
export const EndedSession = ClientSession.extend({
  /** False when it did not end within the grace; the server was told all the same. */
  ended: z.boolean(),
});
export type EndedSession = z.infer<typeof EndedSession>;

/** All sessions together may take so long to end. */
const GRACE_MILLIS = 20_000;
/** PostgreSQL looks after a tenth of a second at the earliest; one that does not end within two will not soon. */
const SHORTEST_GRACE_MILLIS = 100;
const LONGEST_GRACE_MILLIS = 2000;

/** The pid alone could meanwhile belong to another session, so its user and application are compared once more. */
const STILL_THERE = `
  FROM unnest($1::int[], $2::text[], $3::text[]) AS victim (pid, usename, application_name)
  JOIN pg_stat_activity AS activity USING (pid, usename, application_name)`;

/**
 * Ends sessions (SOP `pg_terminate_backend`): all of them are told at once, then each is waited for. Needs `pg_signal_backend`.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function endSessions(
  session: DatabaseSession,
  victims: readonly ClientSession[],
): Promise<EndedSession[]> {
  if (victims.length === 0) return [];
  const values = [
    victims.map(({ pid }) => pid),
    victims.map(({ user }) => user),
    victims.map(({ application }) => application),
  ];
  const told = await session.query(`SELECT pg_terminate_backend(pid) ${STILL_THERE}`, values);
  const graceMillis = Math.min(
    LONGEST_GRACE_MILLIS,
    Math.max(SHORTEST_GRACE_MILLIS, Math.floor(GRACE_MILLIS / Math.max(1, told.length))),
  );
  const waitedFor = await session.query<{ pid: number; ended: boolean }>(
    `SELECT pid, pg_terminate_backend(pid, ${graceMillis}) AS ended ${STILL_THERE}`,
    values,
  );
  const remaining = new Set(waitedFor.filter(({ ended }) => !ended).map(({ pid }) => pid));
  return victims.map((victim) => ({ ...victim, ended: !remaining.has(victim.pid) }));
}
