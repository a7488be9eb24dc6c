import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { handler as endSourceSessions } from '../../functions/database/end-source-sessions.ts';
import { handler as endStuckSessions } from '../../functions/database/end-stuck-sessions.ts';
import { handler as optimizeDatabase } from '../../functions/database/optimize-database.ts';
import { handler as verifyConnection } from '../../functions/database/verify-connection.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
let sessions: Client[] = [];
beforeAll(async () => {
  database = await startRecoveryDatabase({ max_connections: '17', reserved_connections: '4' });
});
afterAll(() => database.close());
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.end().catch(() => undefined)));
  sessions = [];
  await until('the sessions have ended', async () => {
    const [row] = await database.sql<{ open: number }>(
      `SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename = 'trading_app'`,
    );
    return row?.open === 0 ? true : undefined;
  });
});

const input = async () => ({ ...STEP, instance: await database.instance() });
async function open(application?: string): Promise<Client> {
  const session = await database.tradingSession(application);
  sessions.push(session);
  return session;
}
const applications = async () => {
  const rows = await database.sql<{ application_name: string }>(
    `SELECT application_name FROM pg_stat_activity WHERE usename = 'trading_app' ORDER BY backend_start`,
  );
  return rows.map(({ application_name: name }) => name);
};

describe('restoring the connection', () => {
  it('ends the oldest idle sessions until half of the slots are free, and none that works', async () => {
    const worker = await open('worker');
    const working = worker.query('SELECT pg_sleep(60)').catch((error: Error) => error);
    for (let leak = 0; leak < 9; leak += 1) await open(`leak-${leak}`);
    await expect(database.tradingSession()).rejects.toMatchObject({ code: '53300' });
    await expect(invoke(verifyConnection, await input())).rejects.toMatchObject({
      name: 'ConnectionNotRestored',
      message: expect.stringContaining('10 of 10 ordinary slots'),
    });

    const { before, after, ended } = await invoke(endStuckSessions, await input());
    expect(before).toMatchObject({ ordinarySlots: 10, clientSessions: 10 });
    expect(after.clientSessions).toBe(5);
    expect(ended.map(({ application }) => application)).toEqual([
      'leak-0',
      'leak-1',
      'leak-2',
      'leak-3',
      'leak-4',
    ]);
    expect(await applications()).toContain('worker');
    expect(await invoke(verifyConnection, await input())).toMatchObject({ activity: { clientSessions: 5 } });
    await database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'`,
    );
    await working;
  });

  it('is harmless to repeat', async () => {
    expect(await invoke(endStuckSessions, await input())).toMatchObject({ ended: [] });
  });

  it('fails by name while the database cannot be reached', async () => {
    const nowhere = { ...(await database.instance()), port: 1 };
    await expect(invoke(verifyConnection, { ...STEP, instance: nowhere })).rejects.toMatchObject({
      name: 'DatabaseUnreachable',
    });
  });
});

describe('optimising', () => {
  it('ends the session at the root of the queue, lets the others go on, and refreshes statistics', async () => {
    const report = await open('report');
    await report.query('BEGIN');
    await report.query('UPDATE positions SET stop_price = stop_price WHERE id = 1');
    const waiters = [await open('first'), await open('second')].map((session) =>
      session.query('UPDATE positions SET stop_price = stop_price WHERE id = 1'),
    );
    // The rule counts the seconds that the transaction is old.
    await database.sql('SELECT pg_sleep(2.1)');
    const result = await invoke(optimizeDatabase, await input());
    expect(result.before.blockedSessions).toBe(2);
    expect(result.ended.map(({ application }) => application)).toEqual(['report']);
    expect(result.notAnalyzed).toEqual([]);
    expect(result.advice.join()).toContain('Locks');
    await Promise.all(waiters);
    const [row] = await database.sql<{ analyzed: number }>(
      'SELECT count(*)::int AS analyzed FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL',
    );
    expect(row?.analyzed).toBeGreaterThanOrEqual(4);
  });

  it('says which statistics it may not refresh', async () => {
    await database.sql('REVOKE pg_maintain FROM testudo_recovery');
    const { notAnalyzed } = await invoke(optimizeDatabase, await input());
    expect(notAnalyzed).toHaveLength(4);
    expect(notAnalyzed.join()).toContain('permission denied');
    await database.sql('GRANT pg_maintain TO testudo_recovery');
  });
});

describe('stopping all application connections of the source', () => {
  it('ends them all, whatever they do, and leaves those of superusers', async () => {
    const [busy, lazy] = [await open('busy'), await open('lazy')];
    const working = busy.query('SELECT pg_sleep(60)').catch((error: { code?: string }) => error.code);
    await lazy.query('BEGIN');
    const { ended, serverDown } = await invoke(endSourceSessions, await input());
    expect(serverDown).toBe(false);
    expect(ended.map(({ application }) => application).toSorted()).toEqual(['busy', 'lazy']);
    expect(await working).toBe('57P01');
    expect(await applications()).toEqual([]);
  });

  it('goes on when the damaged server does not answer from anywhere else, but not when it is silent', async () => {
    const refused = { ...(await database.instance()), port: 1 };
    expect(await invoke(endSourceSessions, { ...STEP, instance: refused })).toEqual({
      ended: [],
      serverDown: true,
    });
    const source = database.rds.instances().find(({ identifier }) => identifier === LIVE);
    const groups = source?.securityGroupIds;
    if (source) source.securityGroupIds = ['sg-default'];
    await expect(invoke(endSourceSessions, await input())).rejects.toMatchObject({
      name: 'DatabaseUnreachable',
    });
    if (source) source.securityGroupIds = groups ?? [];
  });
});
