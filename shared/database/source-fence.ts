import * as z from 'zod';
import { listClientSessions } from './client-sessions.ts';
import { DatabaseUnreachable, FenceNotProven, SourceAnswers } from './errors.ts';
import {
  type DatabaseAccessEnv,
  type DatabaseEndpoint,
  type DatabaseSession,
  withDatabase,
} from './postgres.ts';

/** SQLSTATE of a sign-in by somebody who may not connect to the database, although the server knows who it is. */
const NOT_ALLOWED_TO_CONNECT = '42501';
/** The server itself says that nobody can be connected: it is down, or not up yet. */
const SERVER_DOWN = new Set(['ECONNREFUSED', '57P03']);

/** How a fence has held. */
export const FenceProof = z.object({
  /** What the server answered to the attempt to sign in and write as an application does. */
  refusal: z.string(),
  /** The server does not run: nobody can write to it. */
  serverDown: z.boolean(),
});
export type FenceProof = z.infer<typeof FenceProof>;

/** Whether a failure says that the server does not run. */
export function isServerDown(error: unknown): boolean {
  return error instanceof DatabaseUnreachable && SERVER_DOWN.has(error.fault);
}

/**
 * Nobody but the recovery may sign in any more; sessions that are open stay open. Again is harmless. The functions come from
 * docs/database-user.sql.
 * @throws {StatementFailed} when the functions are not there.
 */
export async function closeDatabase(session: DatabaseSession): Promise<void> {
  await session.query('SELECT testudo_fence.close_database()');
}

/**
 * Whoever could sign in before {@link closeDatabase} can again. Again is harmless.
 * @throws {StatementFailed}
 */
export async function openDatabase(session: DatabaseSession): Promise<void> {
  await session.query('SELECT testudo_fence.open_database()');
}

/**
 * Tries to write as an application does. Only one answer proves the fence: the server knows the user and lets it not in. Silence
 * or a refused password may have causes that hold for this attempt alone.
 * @param probeUser signs in by what the database grants to all.
 * @throws {FenceNotProven} when the write goes through, or is refused for another reason.
 * @throws {DatabaseUnreachable} when there is no answer: worth another try.
 */
export async function attemptWrite(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  probeUser: string,
): Promise<FenceProof> {
  try {
    await withDatabase(
      endpoint,
      { ...access, DATABASE_USER: probeUser },
      (session) => session.query('INSERT INTO testudo_fence.attempts DEFAULT VALUES'),
      { readOnly: false },
    );
  } catch (error) {
    const { message } = error as Error;
    if (isServerDown(error)) return { refusal: message, serverDown: true };
    if (!(error instanceof DatabaseUnreachable))
      throw new FenceNotProven(`${probeUser} could sign in: ${message}`);
    if (error.fault === NOT_ALLOWED_TO_CONNECT) return { refusal: message, serverDown: false };
    if (/^28/.test(error.fault))
      throw new FenceNotProven(`${probeUser} was refused for another reason: ${message}`, { cause: error });
    throw error;
  }
  throw new FenceNotProven(`${probeUser} could sign in and write to the fenced database`);
}

/** What says that no server answers: nothing listens, the packets are lost, or the host is gone. */
const SILENCE = new Set([
  ...SERVER_DOWN,
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/**
 * Makes sure that no server answers at all, not even with a refusal.
 * @param probeUser signs in by what the database grants to all.
 * @throws {SourceAnswers} when one does.
 */
export async function requireSilence(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  probeUser: string,
): Promise<FenceProof> {
  try {
    await withDatabase(endpoint, { ...access, DATABASE_USER: probeUser }, (session) =>
      session.query('SELECT 1'),
    );
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof DatabaseUnreachable && SILENCE.has(error.fault))
      return { refusal: message, serverDown: true };
    throw new SourceAnswers(`${endpoint.host}: a server answers: ${message}`, { cause: error });
  }
  throw new SourceAnswers(`${endpoint.host}: a server answers and lets ${probeUser} in`);
}

/**
 * Makes sure that no application is connected and none could connect.
 * @throws {FenceNotProven} naming who could.
 */
export async function requireNobodyElse(session: DatabaseSession): Promise<void> {
  const roles = await session.query<{ name: string }>(`
    SELECT rolname AS name FROM pg_roles
    WHERE rolcanlogin AND NOT rolsuper AND rolname NOT IN (current_user, 'rdsadmin')
      AND has_database_privilege(oid, current_database(), 'CONNECT')
    ORDER BY rolname`);
  if (roles.length > 0)
    throw new FenceNotProven(`May still sign in: ${roles.map(({ name }) => name).join(', ')}`);
  const sessions = await listClientSessions(session);
  if (sessions.length > 0) {
    const names = new Set(sessions.map(({ user, application }) => `${user} (${application})`));
    throw new FenceNotProven(`${sessions.length} sessions are open: ${[...names].join(', ')}`);
  }
}
