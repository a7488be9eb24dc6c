import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as recordBaseline } from '../../functions/database/record-baseline.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase({ max_connections: '12', reserved_connections: '2' });
});
afterAll(() => database.close());

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  return () => vi.restoreAllMocks();
});

/** The metrics of the last EMF line. */
function metrics(): Record<string, unknown> {
  const emf = lines.filter((line) => line.includes('CloudWatchMetrics')).at(-1);
  const record = JSON.parse(emf ?? '{}');
  expect(record._aws.CloudWatchMetrics[0]).toMatchObject({
    Namespace: 'TestudoRecovery',
    Dimensions: [['Database']],
  });
  expect(record.Database).toBe(LIVE);
  return record;
}

describe('recording a baseline', () => {
  it('counts every critical table in one snapshot and finds a sound database good', async () => {
    const result = await invoke(recordBaseline, {});
    expect(result).toMatchObject({ reachable: true, good: true, reasons: [] });
    const { baseline } = await dynamodbBaselines(database.controlTable, LIVE).lastGood();
    expect(baseline).toMatchObject({
      observedAt: result.observedAt,
      counts: {
        'public.trades': 1000,
        'public.positions': 515,
        'public.user_accounts': 50,
        'public.user_sessions': 50,
      },
      openPositions: 30,
      invariants: { 'no-negative-balance': 0, 'position-matches-its-trades': 0 },
    });
    expect(baseline?.observedAt).toMatch(/\.\d{6}Z$/);
    expect(metrics()).toMatchObject({
      DatabaseReachable: 1,
      SuddenDataLoss: 0,
      InvariantViolations: 0,
      BlockedSessions: 0,
    });
  });

  it('reports rows that are gone in every baseline until they are back, however many new ones are written', async () => {
    await database.sql('CREATE TABLE saved AS SELECT * FROM trades WHERE id % 100 = 50');
    await database.sql('DELETE FROM trades WHERE id % 100 = 50');
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: false });
    expect(metrics()).toMatchObject({ SuddenDataLoss: 10 });

    await database.sql(
      'INSERT INTO trades SELECT id + 1000000, user_id, position_id, symbol, side, quantity, price, fee FROM trades LIMIT 500',
    );
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: false });
    expect(metrics()).toMatchObject({ SuddenDataLoss: 10 });

    await database.sql(
      'DELETE FROM trades WHERE id > 1000000; INSERT INTO trades SELECT * FROM saved; DROP TABLE saved',
    );
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: true });
    expect(metrics()).toMatchObject({ SuddenDataLoss: 0 });
  });

  it('counts a table that was dropped as lost altogether', async () => {
    await database.sql('ALTER TABLE positions RENAME TO positions_aside');
    const { good, reasons } = await invoke(recordBaseline, {});
    expect(good).toBe(false);
    expect(reasons.join()).toContain('TableMissing public.positions');
    expect(metrics()).toMatchObject({ SuddenDataLoss: 515 });
    await database.sql('ALTER TABLE positions_aside RENAME TO positions');
  });

  it('reports each broken invariant', async () => {
    await database.sql('UPDATE user_accounts SET balance = balance - 1 WHERE id <= 7');
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: false });
    expect(metrics()).toMatchObject({ SuddenDataLoss: 0, InvariantViolations: 7 });
    await database.sql('UPDATE user_accounts SET balance = balance + 1 WHERE id <= 7');
  });

  it('is not good, and no loss, while a table is locked', async () => {
    const locker = await database.tradingSession();
    await locker.query('BEGIN');
    await database.sql('GRANT ALL ON trades TO trading_app');
    await locker.query('LOCK TABLE trades IN ACCESS EXCLUSIVE MODE');
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: false });
    expect(metrics()).toMatchObject({ SuddenDataLoss: 0 });
    await locker.query('ROLLBACK');
    await locker.end();
  });

  it('goes on when ordinary users get no connection any more, and says so', async () => {
    const sessions: Client[] = [];
    const refused = await until('no slot is left', () =>
      database.tradingSession().then(
        (session) => void sessions.push(session),
        (error: { code?: string }) => error.code,
      ),
    );
    expect(refused).toBe('53300');
    expect(await invoke(recordBaseline, {})).toMatchObject({ reachable: true, good: true });
    expect(metrics()).toMatchObject({ DatabaseReachable: 1 });
    expect(metrics().ConnectionUsage).toBeGreaterThan(0.8);
    await Promise.all(sessions.map((session) => session.end()));
  });

  it('succeeds when the database is down: that is what it has found', async () => {
    await database.rds.stopDatabase(LIVE);
    expect(await invoke(recordBaseline, {})).toMatchObject({ reachable: false, good: null });
    expect(metrics()).toMatchObject({ DatabaseReachable: 0 });
    expect(metrics()).not.toHaveProperty('SuddenDataLoss');
  });
});
