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

/** How long a session may take to end before the next one is told. */
const GRACE_MILLIS = 2000;

/**
 * Ends sessions and waits for each to be gone (SOP `pg_terminate_backend`). Needs `pg_signal_backend`. The pid alone could meanwhile
 * belong to another session, so its user and application are compared once more.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function endSessions(
  session: DatabaseSession,
  victims: readonly ClientSession[],
): Promise<EndedSession[]> {
  const outcomes: EndedSession[] = [];
  for (const victim of victims) {
    const rows = await session.query<{ ended: boolean }>(
      `SELECT pg_terminate_backend(pid, ${GRACE_MILLIS}) AS ended FROM pg_stat_activity
       WHERE pid = $1 AND usename = $2 AND application_name = $3`,
      [victim.pid, victim.user, victim.application],
    );
    outcomes.push({ ...victim, ended: rows[0]?.ended ?? true });
  }
  return outcomes;
}
