import type { Reading, Unread } from './data-observation.ts';
import { StatementFailed } from './errors.ts';
import type { DatabaseSession } from './postgres.ts';

/** SQLSTATEs of damaged pages, broken indexes and files that are gone (PostgreSQL, Appendix A). */
const DAMAGED = new Set(['XX001', 'XX002', '58P01', '58030']);
/** SQLSTATE of a lock that was not given in time. */
export const LOCK_NOT_AVAILABLE = '55P03';
/** SQLSTATEs of a schema, table or column that is gone. */
const MISSING = new Set(['3F000', '42P01', '42703']);

/**
 * Reads one thing inside a transaction so that the transaction, and its snapshot, survive a failure.
 * @throws {DatabaseUnreachable} when the connection is lost.
 */
export async function guardedRead<Value>(
  session: DatabaseSession,
  read: () => Promise<Value>,
): Promise<Reading<Value>> {
  await session.query('SAVEPOINT reading');
  try {
    const value = await read();
    await session.query('RELEASE SAVEPOINT reading');
    return { state: 'read', value };
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT reading');
    // Whoever waited in vain once does not wait as long for each of the other things behind the same lock.
    if (error.sqlState === LOCK_NOT_AVAILABLE) await session.query(`SET LOCAL lock_timeout = '100ms'`);
    return unreadFor(error);
  }
}

/** What a failed statement says about what it read. */
export function unreadFor({ sqlState, message }: StatementFailed): Unread {
  const state = DAMAGED.has(sqlState) ? 'unreadable' : MISSING.has(sqlState) ? 'missing' : 'unknown';
  return { state, reason: `${message} (${sqlState})` };
}

/**
 * Runs `work` in one read-only transaction that sees one snapshot from its first statement on.
 * A lock that is not granted soon is a finding, and must not make this probe one of those who wait.
 */
export async function inSnapshot<Result>(
  session: DatabaseSession,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await session.query(`SET LOCAL lock_timeout = '2s'`);
  try {
    return await work();
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
  }
}
