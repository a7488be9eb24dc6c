import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../shared/database/baseline.ts';
import { type Baselines, dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { type RecoveryStandIns, startRecoveryStandIns } from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());

/** A baseline of one moment of one minute; its snapshot follows half a millisecond after its start. */
function baseline(second: string, good: boolean): Baseline {
  return {
    databaseIdentifier: 'db',
    observedAt: `2026-01-31T03:05:${second}.000000Z`,
    snapshotAt: `2026-01-31T03:05:${second}.000500Z`,
    settledBefore: `2026-01-31T03:04:${second}.000000Z`,
    counts: { 'public.trades': Number(second) },
    settledCounts: {},
    openPositions: null,
    latestTradeAt: null,
    lastCommitAt: null,
    nextTransactionId: '1',
    activeSessions: null,
    invariants: {},
    good,
    reasons: good ? [] : ['RowsLost'],
  };
}

let databases = 0;
/** Good at the given seconds, bad at those that are negative. */
async function stored(...seconds: readonly number[]): Promise<Baselines> {
  databases += 1;
  const baselines = dynamodbBaselines(standIns.controlTable, `db-${databases}`);
  for (const second of seconds)
    await baselines.store(baseline(String(Math.abs(second)).padStart(2, '0'), second > 0));
  return baselines;
}
const secondOf = (found: Baseline | undefined) => found?.counts['public.trades'];

describe('baselines in the control table', () => {
  it('there is no last good one before the first', async () => {
    expect(await (await stored()).lastGood()).toEqual({ baseline: undefined, firstAfter: undefined });
  });

  it('the first look after the last good one is the first sign of the trouble', async () => {
    const { baseline: good, firstAfter } = await (await stored(10, 20, -30, -40)).lastGood();
    expect([secondOf(good), secondOf(firstAfter)]).toEqual([20, 30]);
  });

  it('those next to a moment are good, and strictly on their side of it', async () => {
    const baselines = await stored(10, -20, 30, -40, 50);
    expect(secondOf(await baselines.lastGoodBefore('2026-01-31T03:05:30Z'))).toBe(10);
    expect(secondOf(await baselines.lastGoodBefore('2026-01-31T03:05:30.0005Z'))).toBe(30);
    expect(secondOf(await baselines.firstGoodAfter('2026-01-31T03:05:30Z'))).toBe(30);
    expect(secondOf(await baselines.firstGoodAfter('2026-01-31T03:05:30.000001Z'))).toBe(50);
    expect(await baselines.lastGoodBefore('2026-01-31T03:05:10Z')).toBeUndefined();
    expect(await baselines.firstGoodAfter('2026-01-31T03:05:51Z')).toBeUndefined();
  });

  it('what a cut-over has replaced counts no more, and again once the cut-over is undone', async () => {
    const baselines = await stored(10, 20, 30, -40);
    await baselines.supersede({
      incidentId: 'INC-20260131-00000001',
      after: '2026-01-31T03:05:15Z',
      until: '2026-01-31T03:05:45Z',
    });
    expect(await baselines.lastGood()).toMatchObject({ firstAfter: undefined });
    expect(secondOf((await baselines.lastGood()).baseline)).toBe(10);
    await baselines.store(baseline('50', true));
    expect(secondOf((await baselines.lastGood()).baseline)).toBe(50);
    expect(secondOf(await baselines.lastGoodBefore('2026-01-31T03:05:49Z'))).toBe(10);

    await baselines.reinstate('INC-20260131-00000001');
    await baselines.reinstate('INC-20260131-00000001');
    expect(secondOf(await baselines.lastGoodBefore('2026-01-31T03:05:49Z'))).toBe(30);
  });

  it('one is found by its moment', async () => {
    const baselines = await stored(10, 20);
    expect(secondOf(await baselines.get('2026-01-31T03:05:20.000000Z'))).toBe(20);
    expect(await baselines.get('2026-01-31T03:05:21.000000Z')).toBeUndefined();
  });
});
