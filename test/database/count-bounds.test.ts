import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../shared/database/baseline.ts';
import { bracketChecks, countBounds } from '../../shared/database/count-bounds.ts';
import type { DataObservation } from '../../shared/database/data-observation.ts';
import { CriticalTable, PlatformData } from '../../shared/database/platform-data.ts';

const appendOnly = CriticalTable.parse({
  name: 'trades',
  kind: 'append-only',
  createdAtColumn: 'created_at',
});
const mutable = CriticalTable.parse({ name: 'trades', kind: 'mutable', maxDriftRows: 10 });
const POINT = '2026-01-31T03:05:30Z';

function baseline(time: string, count: number, settled = 0): Baseline {
  return {
    databaseIdentifier: 'db',
    observedAt: `2026-01-31T${time}.000000Z`,
    snapshotAt: `2026-01-31T${time}.000100Z`,
    settledBefore: `2026-01-31T${time}.000000Z`,
    counts: { 'public.trades': count },
    settledCounts: { 'public.trades': settled },
    openPositions: 0,
    latestTradeAt: null,
    lastCommitAt: null,
    nextTransactionId: '1',
    activeSessions: 0,
    invariants: {},
    good: true,
    reasons: [],
  };
}

function found(count: number, settledAtReference: number | null = null): DataObservation {
  return {
    observedAt: POINT,
    snapshotAt: POINT,
    settledBefore: POINT,
    lastCommitAt: null,
    nextTransactionId: '1',
    tables: { 'public.trades': { state: 'read', value: { count, settled: null, settledAtReference } } },
    openPositions: { state: 'read', value: 0 },
    latestTradeAt: { state: 'read', value: null },
    activeSessions: { state: 'read', value: 0 },
    invariants: {},
  };
}

const platformOf = (table: CriticalTable) =>
  PlatformData.parse({
    criticalTables: [table],
    openPositionsSql: 'SELECT 1',
    latestTradeSql: 'SELECT now()',
    activeSessionsSql: 'SELECT 1',
    affectedUsersSql: 'SELECT 1',
  });
const passes = (
  table: CriticalTable,
  observation: DataObservation,
  bracket: Parameters<typeof countBounds>[1],
) => bracketChecks(observation, platformOf(table), bracket, POINT).every(({ passed }) => passed);

describe('what a table may hold at the restore point', () => {
  const count = fc.nat(5000);
  it('an append-only table lies between the baselines around the point, and nowhere else', () => {
    fc.assert(
      fc.property(count, count, count, (first, growth, rows) => {
        const bracket = {
          before: baseline('03:05:29', first),
          after: baseline('03:05:31', first + growth),
        };
        expect(passes(appendOnly, found(rows), bracket)).toBe(rows >= first && rows <= first + growth);
      }),
      { seed: 6 },
    );
  });

  it('without a baseline after the point an append-only table may have grown, never fallen', () => {
    const bracket = { before: baseline('03:05:29', 100), after: undefined };
    expect(passes(appendOnly, found(99), bracket)).toBe(false);
    expect(passes(appendOnly, found(10_000), bracket)).toBe(true);
  });

  it('a baseline begun at the very point may not have seen its last commits: it limits nothing', () => {
    const bracket = { before: baseline('03:05:29', 100), after: baseline('03:05:30', 100) };
    expect(passes(appendOnly, found(101), bracket)).toBe(true);
    expect(passes(appendOnly, found(99), bracket)).toBe(false);
  });

  it('a mutable table lies within both baselines, give or take its drift', () => {
    fc.assert(
      fc.property(count, count, count, (first, second, rows) => {
        const bracket = { before: baseline('03:05:29', first), after: baseline('03:05:31', second) };
        const fits = rows >= Math.min(first, second) - 10 && rows <= Math.max(first, second) + 10;
        expect(passes(mutable, found(rows), bracket)).toBe(fits);
      }),
      { seed: 7 },
    );
  });

  it('a mutable table drifts longer the further the point lies behind the last baseline', () => {
    const bounds = (time: string) =>
      countBounds(mutable, { before: baseline(time, 100), after: undefined }, POINT);
    expect(bounds('03:05:00')).toEqual({ least: 90, most: 110 });
    expect(bounds('03:02:30')).toEqual({ least: 70, most: 130 });
  });

  it('settled rows that are gone are found even where the count fits', () => {
    const bracket = { before: baseline('03:05:29', 100, 90), after: baseline('03:05:31', 200) };
    expect(passes(appendOnly, found(150, 90), bracket)).toBe(true);
    expect(passes(appendOnly, found(150, 89), bracket)).toBe(false);
  });

  it('without a baseline before the point nothing is proven', () => {
    expect(passes(appendOnly, found(100), { before: undefined, after: baseline('03:05:31', 100) })).toBe(
      false,
    );
  });
});
