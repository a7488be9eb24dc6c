import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { handler as endSourceSessions } from '../../functions/database/end-source-sessions.ts';
import { handler as endStuckSessions } from '../../functions/database/end-stuck-sessions.ts';
import { handler as verifyConnection } from '../../functions/database/verify-connection.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';
import { tradingSessions } from '../fixtures/trading-sessions.ts';

let database: RecoveryDatabase;
const sessions = tradingSessions(() => database);
beforeAll(async () => {
  database = await startRecoveryDatabase({ max_connections: '17', reserved_connections: '4' });
});
afterAll(() => database.close());
afterEach(() => sessions.endAll());

const input = async () => ({ ...STEP, instance: await database.instance() });
/** Takes every slot that ordinary users can get; gives the names of the sessions, the oldest first. */
async function openUntilRefused(): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const name = `leak-${names.length}`;
    const refused = await sessions.open(name).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
    if (refused === '53300') return names;
    expect(refused).toBeUndefined();
    names.push(name);
  }
}
const applications = async () => {
  const rows = await database.sql<{ application_name: string }>(
    `SELECT application_name FROM pg_stat_activity WHERE usename = 'trading_app' ORDER BY backend_start`,
  );
  return rows.map(({ application_name: name }) => name);
};

describe('restoring the connection', () => {
  it('ends the oldest idle sessions until half of the slots are free, and none that works', async () => {
    const worker = await sessions.open('worker');
    const working = worker.query('SELECT pg_sleep(60)').catch((error: Error) => error);
    const leaks = await openUntilRefused();
    const { before, after, ended } = await invoke(endStuckSessions, await input());
    await database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'`,
    );
    await working;
    expect(before.ordinarySlots).toBe(10);
    expect(before.takenSlots).toBeGreaterThan(leaks.length);
    expect(after.takenSlots).toBeLessThanOrEqual(6);
    expect(ended.map(({ application }) => application)).toEqual(leaks.slice(0, before.takenSlots - 5));
    expect((await invoke(verifyConnection, await input())).activity.takenSlots).toBeLessThan(10);
  });

  it('is not proven while ordinary users get no connection, although the recovery gets in', async () => {
    // RDS itself takes a slot now and then, and gives it back.
    const failure = await until('all slots are taken', async () => {
      await openUntilRefused();
      const event = await input();
      return invoke(verifyConnection, event).then(
        () => undefined,
        (error: Error) => error,
      );
    });
    expect(failure.name).toBe('ConnectionNotRestored');
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

describe('stopping all application connections of the source', () => {
  it('ends them all, whatever they do, and leaves those of superusers', async () => {
    const [busy, lazy] = [await sessions.open('busy'), await sessions.open('lazy')];
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
