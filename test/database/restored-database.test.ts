import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as assessIntegrity } from '../../functions/assessment/assess-integrity.ts';
import { handler as chooseRestorePoint } from '../../functions/database/choose-restore-point.ts';
import { handler as confirmCutOver } from '../../functions/database/confirm-cut-over.ts';
import { handler as endSourceSessions } from '../../functions/database/end-source-sessions.ts';
import { handler as fenceSource } from '../../functions/database/fence-source.ts';
import { handler as proveService } from '../../functions/database/prove-service.ts';
import { handler as recordBaseline } from '../../functions/database/record-baseline.ts';
import { handler as recordFingerprints } from '../../functions/database/record-fingerprints.ts';
import { handler as renameRestored } from '../../functions/database/rename-restored.ts';
import { handler as renameSource } from '../../functions/database/rename-source.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import { handler as verifyRestoredDatabase } from '../../functions/database/verify-restored-database.ts';
import { type DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import type { RestoredProof } from '../../shared/database/proof.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { isReady } from '../../shared/database/readiness.ts';
import type { RestorePoint } from '../../shared/database/restore-point.ts';
import type { ExchangePositions } from '../../shared/exchange/positions-endpoint.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailFaults, detailOf } from '../../shared/incident/event-detail.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { epochMicros, timestampOfMicros } from '../../shared/lambda/timestamp.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
let source: DatabaseInstance;
let copy: DatabaseInstance;
let point: RestorePoint;
let proof: RestoredProof;

/** The state machine's wait for an instance. */
const ready = (identifier: string, resourceId: string | null) =>
  until(`${identifier} is ready`, async () => {
    const found = await rdsInstances.find(identifier);
    return found !== undefined && isReady({ identifier, resourceId }, found)
      ? summarizeDatabase(found)
      : undefined;
  });

/** Trading goes on for a second, then a third of it is deleted; the probe sees both. */
async function accident(): Promise<void> {
  // An hour that has closed, to be sealed; the others are as old as the test.
  await database.sql(`UPDATE trades SET created_at = created_at - interval '3 hours' WHERE id <= 500`);
  await invoke(recordFingerprints, {});
  await invoke(recordBaseline, {});
  await database.sql('SELECT pg_sleep(1.1)');
  await database.sql(
    `INSERT INTO trades (user_id, position_id, symbol, side, quantity, price) SELECT 1, 1, 'X', 'BUY', 0, 1 FROM generate_series(1, 5)`,
  );
  await invoke(recordBaseline, {});
  await database.sql(
    `INSERT INTO trades (user_id, position_id, symbol, side, quantity, price) SELECT 1, 1, 'X', 'BUY', 0, 1 FROM generate_series(1, 3)`,
  );
  await database.sql('DELETE FROM trades WHERE id % 3 = 0 AND id < 1000');
  await invoke(recordBaseline, {});
}

beforeAll(async () => {
  database = await startRecoveryDatabase();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await accident();
  source = await database.instance();
  await invoke(assessIntegrity, { ...STEP, instance: source });
  const executionStartedAt = new Date().toISOString();
  point = await until('the point is restorable', async () => {
    const instance = await database.instance();
    const chosen = await invoke(chooseRestorePoint, {
      ...STEP,
      executionStartedAt,
      restorePoint: null,
      answer: null,
      search: null,
      instance,
    });
    return chosen.restorable ? chosen : undefined;
  });
  const { identifier } = await invoke(startRestore, {
    ...STEP,
    sourceIdentifier: LIVE,
    restoreTime: point.restoreTime,
  });
  copy = await ready(identifier, null);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const verify = (restorePoint = point) =>
  invoke(verifyRestoredDatabase, { ...STEP, instance: copy, restorePoint });

describe('verifying a restored copy', () => {
  it('reports every problem at once, in all layers, and proves nothing', async () => {
    await database.sql(
      `ALTER TABLE user_sessions RENAME TO aside;
       UPDATE user_accounts SET balance = -1 WHERE id = 1;
       UPDATE positions SET user_id = 999 WHERE id = 1;
       UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'trades_position'::regclass`,
      copy.identifier,
    );
    const failure = await verify().catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'VerificationFailed' });
    const { message } = failure as Error;
    for (const problem of [
      'catalog public.user_sessions: expected',
      'index trades_position cannot be used',
      'amcheck public.user_sessions',
      'counts public.user_sessions',
      'orphans positions.user_id -> user_accounts.id',
      'invariants no-negative-balance',
    ]) {
      expect(message).toContain(problem);
    }
    await database.sql(
      `ALTER TABLE aside RENAME TO user_sessions;
       UPDATE user_accounts SET balance = deposited - coalesce((SELECT sum(fee) FROM trades WHERE user_id = 1), 0) WHERE id = 1;
       UPDATE positions SET user_id = 1 + 1 * 7919 % 50 WHERE id = 1;
       UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'trades_position'::regclass`,
      copy.identifier,
    );
  });

  it('leaves a proof that failed on the timeline, with all that it looked at', async () => {
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    const refused = events.find(({ type }) => type === 'restore.verified');
    expect(refused?.outcome).toBe('refused');
    const { checks = [], layerTimes } = detailOf(refused, 'restore.verified');
    expect(checks.some(({ passed }) => passed)).toBe(true);
    expect(checks.some(({ passed }) => !passed)).toBe(true);
    expect(layerTimes).not.toEqual([]);
  });

  it('proves nothing without a baseline to measure it against', async () => {
    await expect(verify({ ...point, baselineBefore: null, baselineAfter: null })).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('a good baseline before the restore point'),
    });
  });

  it('refuses a copy in which one settled row is missing', async () => {
    await database.sql(
      'CREATE TABLE saved AS SELECT * FROM trades WHERE id = 500; DELETE FROM trades WHERE id = 500',
      copy.identifier,
    );
    await expect(verify()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('counts public.trades before'),
    });
    await database.sql('INSERT INTO trades SELECT * FROM saved; DROP TABLE saved', copy.identifier);
  });

  it('refuses a copy in which nothing but one value changed', async () => {
    await database.sql('UPDATE trades SET price = price + 1 WHERE id = 400', copy.identifier);
    await expect(verify()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringMatching(/: 1 of \d+ checks failed: fingerprints public.trades from/),
    });
    await database.sql('UPDATE trades SET price = price - 1 WHERE id = 400', copy.identifier);
  });

  it.each([
    ['later', -1_500_000n, 'newest commit: expected not after'],
    ['earlier', 1_500_000n, 'commits before the point: expected'],
  ])('refuses a copy that stands %s than where RDS was told to stop', async (_where, byMicros, said) => {
    const restoreTime = timestampOfMicros(epochMicros(point.restoreTime) + byMicros);
    await expect(verify({ ...point, restoreTime })).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining(`stop ${said}`),
    });
  });

  it('says that the stop is not known where the source cannot be asked any more', async () => {
    await database.sql('ALTER ROLE testudo_recovery NOLOGIN');
    const { checks } = await verify().finally(() => database.sql('ALTER ROLE testudo_recovery LOGIN'));
    const unknown = checks.filter(({ layer, compared }) => layer === 'stop' && compared === false);
    expect(unknown.map(({ subject }) => subject)).toEqual([
      'commits before the point',
      'first excluded commit',
    ]);
    for (const { found } of unknown)
      expect(found).toMatch(/^the source cannot be asked: .*not permitted to log in/);
  });

  it('proves a copy that lies between its baselines, and says what going back loses', async () => {
    proof = await verify();
    expect(proof.checks.every(({ passed }) => passed)).toBe(true);
    expect([...new Set(proof.checks.map(({ layer }) => layer))]).toEqual([
      'reachable',
      'catalog',
      'amcheck',
      'counts',
      'latest-trade',
      'orphans',
      'invariants',
      'fingerprints',
      'stop',
    ]);
    expect(proof.timelineId).toBe(2);
    expect(proof.layerTimes.map(({ layer }) => layer).sort()).toEqual(
      [...new Set(proof.checks.map(({ layer }) => layer))].sort(),
    );
    // Nobody writes to a copy: its indexes are checked down from their parents.
    const ofIndexes = proof.checks.filter(
      ({ layer, subject }) => layer === 'amcheck' && subject.includes(' index '),
    );
    expect(ofIndexes.length).toBeGreaterThan(5);
    expect(ofIndexes.every(({ subject }) => subject.endsWith(' and its parents'))).toBe(true);
    const stop = proof.checks.filter(({ layer }) => layer === 'stop');
    expect(stop.every(({ compared }) => compared !== false)).toBe(true);
    // The copy has been written to in its new life, which is not counted.
    expect(epochMicros(proof.newestCommitAt ?? '')).toBeLessThanOrEqual(epochMicros(point.restoreTime));
    expect(epochMicros(proof.firstExcludedCommitAt ?? '')).toBeGreaterThan(epochMicros(point.restoreTime));
    expect(proof.rowsAfterPoint).toBeGreaterThanOrEqual(3);
    expect(proof.transactionsAfterPoint).toBeGreaterThanOrEqual(2);
  });
});

const swap = () => ({
  ...STEP,
  sourceIdentifier: LIVE,
  sourceResourceId: source.resourceId,
  restoredIdentifier: copy.identifier,
  restoredResourceId: copy.resourceId,
});

describe('cutting over', () => {
  it('is not confirmed, but tried again, while the name still leads to the old instance', async () => {
    await expect(invoke(confirmCutOver, { ...STEP, instance: source })).rejects.toMatchObject({
      name: 'DatabaseUnreachable',
      fault: 'STALE_ENDPOINT',
    });
  });

  it('fences the source, so that who is sent away does not come back', async () => {
    const writer = await database.tradingSession();
    await invoke(fenceSource, swap());
    await ready(LIVE, source.resourceId);
    await expect(database.tradingSession()).rejects.toThrow();
    expect((await invoke(endSourceSessions, { ...STEP, instance: source })).ended).toHaveLength(1);
    await expect(writer.query('SELECT 1')).rejects.toThrow();
  });

  it('ends no session for an execution that another one has taken over', async () => {
    const stranger = { ...STEP, executionId: 'another execution', instance: source };
    await expect(invoke(endSourceSessions, stranger)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
    await expect(invoke(confirmCutOver, stranger)).rejects.toMatchObject({
      name: 'RecoveryLeaseLost',
    });
  });

  it('is confirmed when the name leads to the proven copy, which takes writes', async () => {
    await invoke(renameSource, swap());
    await ready(`${LIVE}-replaced-${STEP.incidentId.slice(-8)}`, source.resourceId);
    await invoke(renameRestored, swap());
    const live = await ready(LIVE, copy.resourceId);
    const { checks } = await invoke(confirmCutOver, { ...STEP, instance: live });
    expect(checks.map(({ subject }) => subject)).toContain('writes');
    const trader = await database.tradingSession();
    expect((await trader.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is not confirmed when a row is missing that was proven', async () => {
    const counts = { ...proof.counts, 'public.trades': (proof.counts['public.trades'] ?? 0) + 1 };
    const proofs = dynamodbProofs(database.controlTable);
    await proofs.storeRestored(STEP.incidentId, { ...proof, counts });
    await expect(
      invoke(confirmCutOver, { ...STEP, instance: await database.instance() }),
    ).rejects.toMatchObject({
      name: 'CutOverNotConfirmed',
      message: expect.stringContaining('counts public.trades'),
    });
    await proofs.storeRestored(STEP.incidentId, proof);
  });

  it('makes baselines good again, measured from the restored data on', async () => {
    expect(await invoke(recordBaseline, {})).toMatchObject({ good: true, reasons: [] });
  });
});

describe('proving the service', () => {
  const prove = async (exchangePositions: ExchangePositions[] | null = []) =>
    invoke(proveService, { ...STEP, instance: await database.instance(), exchangePositions });

  it('proves the live endpoint in all layers, and an unknown trading state counts as halted', async () => {
    const proven = await prove();
    expect(proven).toMatchObject({ tradingState: 'HALTED', tradingEpoch: 0 });
    // The lock of a parent check would keep writers out.
    expect(proven.checks.filter(({ subject }) => subject.includes('parents'))).toEqual([]);
  });

  it('holds what the exchanges report against the live database, and takes an unknown one for no equal', async () => {
    const known = await database.sql<{ exchange: string; symbol: string; net: string }>(
      `SELECT exchange, symbol, trim_scale(sum(CASE side WHEN 'LONG' THEN quantity ELSE -quantity END))::text AS net
       FROM positions WHERE status = 'OPEN' GROUP BY exchange, symbol ORDER BY exchange, symbol`,
    );
    const asOf = new Date().toISOString();
    const kraken = known.filter(({ exchange }) => exchange === 'kraken');
    const [first] = kraken;
    const reported: ExchangePositions = {
      state: 'read',
      exchange: 'kraken',
      asOf,
      positions: [...kraken.slice(1), { symbol: 'DOGE/USD', net: '3.5' }].map(({ symbol, net }) => ({
        symbol,
        net,
      })),
    };
    const { positions } = await prove([
      reported,
      { state: 'unknown', exchange: 'binance', reason: 'HTTP 503' },
    ]);
    expect(positions).toMatchObject({
      equal: kraken.length - 1,
      unknown: [{ exchange: 'binance', reason: 'HTTP 503' }],
    });
    expect(positions?.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          symbol: 'DOGE/USD',
          onExchange: '3.5',
          inDatabase: '0',
          difference: '3.5',
        }),
        expect.objectContaining({ symbol: first?.symbol, onExchange: '0', inDatabase: first?.net }),
      ]),
    );
    expect((await prove(null)).positions?.unknown).toHaveLength(1);
    expect((await prove([])).positions).toBeNull();
  });

  it('gives no proof when a row is gone again, an index is damaged or an invariant is broken', async () => {
    await database.sql(
      'DELETE FROM trades WHERE id = 1; UPDATE positions SET stop_price = entry_price * 2 WHERE id = 2',
    );
    await database.rds.corruptIndexPage(LIVE, 'positions_user');
    const failure = await prove().catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'ProofFailed' });
    for (const problem of [
      'counts public.trades',
      'invariants',
      'amcheck public.positions index positions_user',
    ])
      expect((failure as Error).message).toContain(problem);
  });

  it('leaves a timeline that the projections can read', async () => {
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['restore.verified', 'cut-over.confirmed', 'service.proven', 'step.failed']),
    );
    expect(events.flatMap(detailFaults)).toEqual([]);
  });
});
