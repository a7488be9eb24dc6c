import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { handler as endSlowSessions } from '../../functions/database/end-slow-sessions.ts';
import { handler as observePerformance } from '../../functions/database/observe-performance.ts';
import { handler as provePerformance } from '../../functions/database/prove-performance.ts';
import { handler as refreshStatistics } from '../../functions/database/refresh-statistics.ts';
import { handler as reportProtectedSessions } from '../../functions/database/report-protected-sessions.ts';
import { observeStandingActivity } from '../../shared/database/database-activity.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import {
  invoke,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';
import { tradingSessions } from '../fixtures/trading-sessions.ts';

let database: RecoveryDatabase;
const sessions = tradingSessions(() => database);
beforeAll(async () => {
  database = await startRecoveryDatabase({ max_prepared_transactions: '2' });
  Object.assign(process.env, {
    LATENCY_LIMIT_MILLIS: '1000',
    SESSION_POLICY: JSON.stringify({
      rules: [{ when: 'blocking', seconds: 1 }],
      protectedApplications: ['settlement'],
    }),
  });
});
afterAll(() => database.close());
afterEach(() => sessions.endAll());

const input = async () => ({ ...STEP, instance: await database.instance() });
const LOCKING = 'UPDATE positions SET stop_price = stop_price WHERE id = 1';

/** Whoever waits for the position from now on; resolves when all have waited for as long as the policy asks for. */
async function queueUp(...applications: string[]): Promise<Promise<unknown>[]> {
  const waiting: Promise<unknown>[] = [];
  for (const application of applications) {
    const session = await sessions.open(application);
    waiting.push(session.query(LOCKING));
    await until(`${application} waits`, async () => {
      const [row] = await database.sql<{ waits: boolean }>(
        `SELECT wait_event_type = 'Lock' AS waits FROM pg_stat_activity WHERE application_name = '${application}'`,
      );
      return row?.waits ? true : undefined;
    });
  }
  // The rule counts the seconds that they wait.
  await database.sql('SELECT pg_sleep(1.1)');
  return waiting;
}

describe('finding out why the database is slow', () => {
  it('names the root of the queue, how many wait and how deep, and the statements that took most time', async () => {
    const report = await sessions.open('report');
    await report.query('BEGIN');
    await report.query(LOCKING);
    const waiting = await queueUp('first', 'second');
    const { observation, latency } = await invoke(observePerformance, await input());
    await report.query('ROLLBACK');
    await Promise.all(waiting);
    expect(observation.lockChains).toHaveLength(1);
    expect(observation.lockChains[0]).toMatchObject({
      root: {
        application: 'report',
        user: 'trading_app',
        kind: 'client',
        state: 'idle in transaction',
        query: LOCKING,
      },
      waiting: 2,
      depth: 2,
    });
    expect(observation.lockChains[0]?.longestWaitSeconds).toBeGreaterThan(1);
    expect(observation.idleInTransaction.map(({ application }) => application)).toEqual(['report']);
    expect(observation.activity.blockedSessions).toBe(2);
    expect(observation.worstQueries.unavailable).toBeNull();
    expect(observation.worstQueries.queries.length).toBeGreaterThan(0);
    expect(observation.workload.oldestTransactionAge).toBeGreaterThan(0);
    expect(latency.waitingSessions).toBe(2);
    const tables = ['user_accounts', 'positions', 'trades', 'user_sessions'];
    expect(latency.probes.map(({ name }) => name)).toEqual([
      'connection',
      ...tables.map((name) => `read public.${name}`),
      ...tables.map((name) => `lock public.${name}`),
    ]);
    for (const probe of latency.probes) expect(probe).toMatchObject({ samples: 3, problem: null });
  });

  it('is not deceived by clients that give up together: it looks again while somebody works on', async () => {
    const report = await sessions.open('report');
    await report.query('BEGIN');
    await report.query(LOCKING);
    let waiting: Promise<unknown>[] = [];
    const observed = await withDatabase(
      requireEndpoint(await database.instance()),
      DatabaseAccessEnv.parse(process.env),
      (session) =>
        observeStandingActivity({
          ...session,
          async query(sql, values) {
            if (sql.includes('pg_sleep') && waiting.length === 0) waiting = await queueUp('back');
            return session.query(sql, values);
          },
        }),
    );
    await report.query('ROLLBACK');
    await Promise.all(waiting);
    expect(observed.blockedSessions).toBe(1);
    expect(observed.longestBlockingSeconds).toBeGreaterThan(1);
  });

  it('says that pg_stat_statements is not installed, and goes on', async () => {
    await database.sql('DROP EXTENSION pg_stat_statements');
    const { observation } = await invoke(observePerformance, await input());
    await database.sql('CREATE EXTENSION pg_stat_statements');
    expect(observation.worstQueries).toEqual({
      unavailable: expect.stringContaining('pg_stat_statements is not installed'),
      queries: [],
    });
  });

  it('names a prepared transaction that was forgotten, which no pid stands for', async () => {
    const broken = await sessions.open('two-phase');
    await broken.query('BEGIN');
    await broken.query(LOCKING);
    await broken.query(`PREPARE TRANSACTION 'transfer-7'`);
    const waiting = await queueUp('behind');
    const { observation } = await invoke(observePerformance, await input());
    const { ended, left } = await invoke(endSlowSessions, { ...(await input()), observation });
    await database.sql(`ROLLBACK PREPARED 'transfer-7'`);
    await Promise.all(waiting);
    expect(observation.lockChains[0]?.root).toMatchObject({
      pid: 0,
      kind: 'prepared-transaction',
      query: 'prepared transactions: transfer-7',
    });
    expect(ended).toEqual([]);
    expect(left).toEqual([
      expect.objectContaining({ pid: 0, reason: expect.stringContaining('ROLLBACK PREPARED') }),
    ]);
  });
});

describe('ending what the policy allows', () => {
  it('cancels a statement, which frees the others; the session goes on', async () => {
    const report = await sessions.open('report');
    await report.query('BEGIN');
    await report.query(LOCKING);
    const running = report.query('SELECT pg_sleep(60)').catch((error: { code?: string }) => error.code);
    const waiting = await queueUp('first', 'second');
    const { observation } = await invoke(observePerformance, await input());
    const { ended, left } = await invoke(endSlowSessions, { ...(await input()), observation });
    await Promise.all(waiting);
    expect(ended).toEqual([expect.objectContaining({ application: 'report', holdsUp: 2, how: 'cancelled' })]);
    expect(left).toEqual([]);
    expect(await running).toBe('57014');
    await report.query('ROLLBACK');
  });

  it('cancels who held others up although all of them have given up at this very moment', async () => {
    const report = await sessions.open('report');
    await report.query('BEGIN');
    await report.query(LOCKING);
    const running = report.query('SELECT pg_sleep(60)').catch((error: { code?: string }) => error.code);
    const waiting = await queueUp('first');
    const gaveUp = Promise.all(waiting).catch((error: { code?: string }) => error.code);
    const { observation } = await invoke(observePerformance, await input());
    await database.sql(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'first'`,
    );
    expect(await gaveUp).toBe('57014');
    const { ended } = await invoke(endSlowSessions, { ...(await input()), observation });
    expect(ended).toEqual([expect.objectContaining({ application: 'report', holdsUp: 1, how: 'cancelled' })]);
    expect(await running).toBe('57014');
    await report.query('ROLLBACK');
  });

  it('terminates a session that does nothing in its transaction: there is nothing to cancel', async () => {
    const forgotten = await sessions.open('forgotten');
    await forgotten.query('BEGIN');
    await forgotten.query(LOCKING);
    const waiting = await queueUp('first');
    const { observation } = await invoke(observePerformance, await input());
    const { ended } = await invoke(endSlowSessions, { ...(await input()), observation });
    await Promise.all(waiting);
    expect(ended).toEqual([expect.objectContaining({ application: 'forgotten', how: 'terminated' })]);
  });

  it('terminates a session whose locks outlive the cancelled statement', async () => {
    const careful = await sessions.open('careful');
    await careful.query('BEGIN');
    await careful.query(LOCKING);
    await careful.query('SAVEPOINT before_the_report');
    const running = careful.query('SELECT pg_sleep(60)').catch((error: { code?: string }) => error.code);
    const waiting = await queueUp('first');
    const { observation } = await invoke(observePerformance, await input());
    const { ended } = await invoke(endSlowSessions, { ...(await input()), observation });
    await Promise.all(waiting);
    expect(ended).toEqual([expect.objectContaining({ application: 'careful', how: 'terminated' })]);
    expect(await running).toBe('57014');
  });

  it('touches nobody who was not seen before', async () => {
    const { observation } = await invoke(observePerformance, await input());
    const newcomer = await sessions.open('newcomer');
    await newcomer.query('BEGIN');
    await newcomer.query(LOCKING);
    const waiting = await queueUp('first');
    expect(await invoke(endSlowSessions, { ...(await input()), observation })).toEqual({
      ended: [],
      left: [],
    });
    await newcomer.query('COMMIT');
    await Promise.all(waiting);
  });

  it('leaves whom the policy protects, tells people who that is, and does not call the database fast', async () => {
    const topic = await database.pages();
    const settlement = await sessions.open('settlement');
    await settlement.query('BEGIN');
    await settlement.query(LOCKING);
    const waiting = await queueUp('first');
    const { observation, latency } = await invoke(observePerformance, await input());
    const { ended, left } = await invoke(endSlowSessions, { ...(await input()), observation });
    expect(ended).toEqual([]);
    const pid = left[0]?.pid;
    await invoke(reportProtectedSessions, { ...STEP, left });
    const [message] = await topic.messages();
    expect(message).toContain(`pid ${pid} (trading_app, settlement)`);
    expect(message).toContain(LOCKING);
    expect(message).toContain('protectedApplications names settlement');
    await until('the queue has stood for too long', async () => {
      const [row] = await database.sql<{ long: boolean }>(
        `SELECT max(clock_timestamp() - xact_start) > interval '2.2 s' AS long FROM pg_stat_activity WHERE application_name = 'settlement'`,
      );
      return row?.long ? true : undefined;
    });
    const failure = await invoke(provePerformance, {
      ...(await input()),
      before: latency,
      left,
      bounds: ['the processor is busy'],
    }).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'PerformanceNotRestored' });
    expect((failure as Error).message).toMatch(
      new RegExp(`locks: 1 sessions wait for a transaction.*the processor is busy; left alone: pid ${pid}`),
    );
    await settlement.query('COMMIT');
    await Promise.all(waiting);
  });
});

describe('refreshing statistics', () => {
  it('of the tables where they are stale, and of no other', async () => {
    await database.sql('ANALYZE');
    await database.sql('UPDATE trades SET fee = fee');
    const { observation } = await invoke(observePerformance, await input());
    expect(observation.staleTables.map(({ table }) => table)).toEqual(['public.trades']);
    expect(await invoke(refreshStatistics, await input())).toEqual({
      analyzed: ['public.trades'],
      notAnalyzed: [],
    });
    expect(await invoke(refreshStatistics, await input())).toEqual({ analyzed: [], notAnalyzed: [] });
  });

  it('names a table that is locked, and one that is not the recovery’s to maintain, and goes on', async () => {
    await database.sql('UPDATE trades SET fee = fee; UPDATE positions SET stop_price = stop_price');
    await database.sql('REVOKE pg_maintain FROM testudo_recovery');
    const refused = await invoke(refreshStatistics, await input());
    await database.sql('GRANT pg_maintain TO testudo_recovery');
    expect(refused.analyzed).toEqual([]);
    expect(refused.notAnalyzed.join()).toMatch(
      /public\.trades: permission denied.*public\.positions: permission denied/,
    );
    const migration = await sessions.open('migration');
    await migration.query('BEGIN; LOCK TABLE positions IN SHARE UPDATE EXCLUSIVE MODE');
    const { analyzed, notAnalyzed } = await invoke(refreshStatistics, await input());
    expect(analyzed).toEqual(['public.trades']);
    expect(notAnalyzed).toEqual([expect.stringMatching(/^public\.positions: .*lock timeout/)]);
  });
});

describe('the proof by latency', () => {
  it('compares what was measured in the same way before and after', async () => {
    const { latency } = await invoke(observePerformance, await input());
    const { before, after } = await invoke(provePerformance, {
      ...(await input()),
      before: latency,
      left: [],
      bounds: [],
    });
    expect(before).toEqual(latency);
    expect(after.probes.map(({ name }) => name)).toEqual(before.probes.map(({ name }) => name));
  });

  it('is refused while a table cannot be read or written in time, and says so on the timeline', async () => {
    const execution = { ...(await input()), executionId: `${STEP.executionId}-refused` };
    const { latency } = await invoke(observePerformance, execution);
    const migration = await sessions.open('migration');
    await migration.query('BEGIN; LOCK TABLE trades IN ACCESS EXCLUSIVE MODE');
    const failure = await invoke(provePerformance, {
      ...execution,
      before: latency,
      left: [],
      bounds: [],
    }).catch((error: Error) => error);
    await migration.query('ROLLBACK');
    expect(failure).toMatchObject({ name: 'PerformanceNotRestored' });
    expect((failure as Error).message).toMatch(
      /read public\.trades: no answer within 2000 ms.*lock public\.trades: no answer within 2000 ms/,
    );
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(
      events.findLast(({ type, outcome }) => type === 'database.optimized' && outcome === 'refused')?.summary,
    ).toMatch(/^Before: .*Still: slowest is read public\.trades with 2000 ms/);
  });
});
