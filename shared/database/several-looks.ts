import type { DatabaseSession } from './postgres.ts';

/**
 * Clients that wait for the same lock give up at the same moment, and are back within a fraction of a second: a single look may fall
 * into it and find that nobody waits.
 */
const LOOKS = 3;
const LOOK_SECONDS = 0.3;

/**
 * Looks several times at what comes and goes.
 * @param enough ends it early.
 * @returns what was seen, the newest last.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function lookSeveralTimes<T>(
  session: DatabaseSession,
  look: (session: DatabaseSession) => Promise<T>,
  enough: (seen: T) => boolean = () => false,
): Promise<[T, ...T[]]> {
  const first = await look(session);
  const looks: [T, ...T[]] = [first];
  for (let seen = first; looks.length < LOOKS && !enough(seen); ) {
    // The server waits, so that the function need not.
    await session.query(`SELECT pg_sleep(${LOOK_SECONDS})`);
    seen = await look(session);
    looks.push(seen);
  }
  return looks;
}
