import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as endSourceSessions } from '../../functions/database/end-source-sessions.ts';
import { handler as proveFence } from '../../functions/database/prove-fence.ts';
import { handler as reopenSource } from '../../functions/database/reopen-source.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await dynamodbCutOverJournal('control', STEP.incidentId, systemClock).plan({
    executionId: STEP.executionId,
    sourceIdentifier: LIVE,
    sourceResourceId: (await database.instance()).resourceId,
    restoredIdentifier: `${LIVE}-restored-0a1b2c3d`,
    restoredResourceId: 'db-COPY',
    replacedIdentifier: `${LIVE}-replaced-0a1b2c3d`,
    sourceSecurityGroupIds: ['sg-database'],
    quarantineSecurityGroupId: 'sg-quarantine',
    proxy: null,
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const input = async () => ({ ...STEP, instance: await database.instance() });
const close = async () => invoke(endSourceSessions, await input());
const prove = async () => invoke(proveFence, await input());
const open = async () => invoke(reopenSource, await input());
const privileges = () =>
  database.sql<{ acl: string }>(
    `SELECT coalesce(datacl, acldefault('d', datdba))::text AS acl FROM pg_database WHERE datname = current_database()`,
  );

/** Services that do not give up: whoever is sent away comes back at once and writes. */
function stubbornWriters(count: number) {
  let stopped = false;
  let lastWriteAtMillis = 0;
  let attempts = 0;
  const write = async () => {
    while (!stopped) {
      attempts += 1;
      try {
        const session = await database.tradingSession();
        while (!stopped) {
          await session.query('UPDATE user_sessions SET last_seen_at = now() WHERE id = 1');
          lastWriteAtMillis = performance.now();
        }
      } catch {
        await delay(1);
      }
    }
  };
  const writing = Promise.all(Array.from({ length: count }, write));
  return {
    lastWriteAtMillis: () => lastWriteAtMillis,
    attempts: () => attempts,
    async stop() {
      stopped = true;
      await writing;
    },
  };
}

/** The network lets everybody through in these tests: what holds is the database itself. */
describe('the fence of the source', () => {
  it('keeps out writers that come back as fast as they are ended, and is proven by a refused write', async () => {
    const writers = stubbornWriters(8);
    await until('they write', () => (writers.lastWriteAtMillis() > 0 ? true : undefined));
    const { ended } = await close();
    const closedAtMillis = performance.now();
    expect(ended.length).toBeGreaterThan(0);
    expect(await prove()).toEqual({
      refusal: expect.stringContaining('permission denied for database'),
      serverDown: false,
    });
    const attemptsBefore = writers.attempts();
    await until('they try again', () => (writers.attempts() > attemptsBefore + 50 ? true : undefined));
    expect(writers.lastWriteAtMillis()).toBeLessThan(closedAtMillis);
    await open();
    await until('they write again', () => (writers.lastWriteAtMillis() > closedAtMillis ? true : undefined));
    await writers.stop();
  });

  it('gives back exactly the privileges that it took, however often it is closed and opened', async () => {
    await database.sql('GRANT CONNECT ON DATABASE testudo_production TO trading_app WITH GRANT OPTION');
    const before = (await privileges())[0]?.acl.slice(1, -1).split(',').sort();
    await close();
    await close();
    await open();
    await open();
    expect((await privileges())[0]?.acl.slice(1, -1).split(',').sort()).toEqual(before);
  });

  it('is not proven while the database is open', async () => {
    await expect(prove()).rejects.toMatchObject({
      name: 'FenceNotProven',
      message: expect.stringContaining('could sign in and write'),
    });
  });

  it('is not proven while one role may still sign in, and names it', async () => {
    await close();
    await database.sql('GRANT CONNECT ON DATABASE testudo_production TO trading_app');
    await expect(prove()).rejects.toMatchObject({
      name: 'FenceNotProven',
      message: expect.stringContaining('trading_app'),
    });
    await close();
    expect((await prove()).serverDown).toBe(false);
    await open();
  });

  it('is not proven while a session is open', async () => {
    const session = await database.tradingSession('forgotten-service');
    await database.sql('SELECT testudo_fence.close_database()');
    await expect(prove()).rejects.toMatchObject({
      name: 'FenceNotProven',
      message: expect.stringContaining('forgotten-service'),
    });
    await session.end();
    await database.sql('SELECT testudo_fence.open_database()');
  });

  it('is not proven by a refusal that has another reason', async () => {
    await close();
    await database.sql('ALTER ROLE testudo_probe NOLOGIN');
    await expect(prove()).rejects.toMatchObject({
      name: 'FenceNotProven',
      message: expect.stringContaining('another reason'),
    });
    await database.sql('ALTER ROLE testudo_probe LOGIN');
    await open();
  });

  it('is proven by a server that does not run', async () => {
    const instance = await database.instance();
    await database.rds.stopDatabase(LIVE);
    const down = await invoke(proveFence, { ...STEP, instance }).catch((error: Error) => error);
    // The laptop resets a connection to a server that is down, where RDS refuses it: that is worth another try.
    expect([true, 'DatabaseUnreachable']).toContain(down instanceof Error ? down.name : down.serverDown);
  });
});
