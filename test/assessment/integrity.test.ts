import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baselineOf, judgeIntegrity, judgeOrphans } from '../../shared/assessment/integrity.ts';
import type { Baseline } from '../../shared/database/baseline.ts';
import type { DataObservation, Reading, TableCount } from '../../shared/database/data-observation.ts';
import { PlatformData } from '../../shared/database/platform-data.ts';

const platform = PlatformData.parse({
  criticalTables: [
    { name: 'trades', kind: 'append-only', createdAtColumn: 'created_at' },
    { name: 'sessions', kind: 'mutable', maxDriftRows: 10 },
  ],
  openPositionsSql: 'SELECT 1',
  latestTradeSql: 'SELECT now()',
  activeSessionsSql: 'SELECT 1',
  affectedUsersSql: 'SELECT 1',
  invariants: [{ name: 'no-debt', summary: 'Nobody owes money', sql: 'SELECT 0' }],
});

const read = <Value>(value: Value): Reading<Value> => ({ state: 'read', value });
const rows = (count: number, settledAtReference: number | null = count): Reading<TableCount> =>
  read({ count, settled: count, settledAtReference });

function observation(changes: Partial<DataObservation> = {}): DataObservation {
  return {
    observedAt: '2026-01-31T03:06:00.000000Z',
    snapshotAt: '2026-01-31T03:06:00.000200Z',
    settledBefore: '2026-01-31T03:05:55.000000Z',
    lastCommitAt: null,
    nextTransactionId: '1100',
    tables: { 'public.trades': rows(1000), 'public.sessions': rows(100) },
    openPositions: read(3),
    latestTradeAt: read(null),
    activeSessions: read(5),
    invariants: { 'no-debt': read(0) },
    ...changes,
  };
}

const sound = { violations: [], unknowns: [], rowsLost: 0 };
const lastGood: Baseline = baselineOf('db', observation(), sound);
const judge = (
  changes: Partial<DataObservation>,
  baseline: Baseline | undefined = lastGood,
  driftMinutes = 1,
) => judgeIntegrity(observation(changes), platform, { baseline, driftMinutes });
const tables = (trades: Reading<TableCount>, sessions = rows(100)) => ({
  tables: { 'public.trades': trades, 'public.sessions': sessions },
});

describe('integrity rules', () => {
  it('nothing is wrong with what was there before, and more', () => {
    expect(judge(tables(rows(1200, 1000)))).toEqual(sound);
  });

  it.each([
    ['RowsLost', tables(rows(999)), 1],
    ['RowsLost', tables(rows(1500, 990)), 10],
    ['TableMissing', tables({ state: 'missing', reason: 'no such table' }), 1000],
    ['UnreadableTable', tables({ state: 'unreadable', reason: 'bad page' }), 1000],
    ['RowsLost', tables(rows(1000), rows(89)), 11],
    ['InvariantBroken', { invariants: { 'no-debt': read(4) } }, 0],
  ])('%s is found by what was read, with the rows that are gone', (rule, changes, rowsLost) => {
    const finding = judge(changes);
    expect(finding.violations.map((violation) => violation.rule)).toEqual([rule]);
    expect(finding.rowsLost).toBe(rowsLost);
    expect(finding.unknowns).toEqual([]);
  });

  it('a mutable table may fall by its drift for each minute that nobody looked, and no further', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 100 }), (minutes, fall) => {
        const { violations } = judge(tables(rows(1000), rows(100 - fall)), lastGood, minutes);
        expect(violations.length > 0).toBe(fall > 10 * minutes);
      }),
      { seed: 1 },
    );
  });

  it('no number of new rows hides that a settled one is gone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(1_000_000), (lost, added) => {
        const finding = judge(tables(rows(1000 - lost + added, 1000 - lost)));
        expect(finding.violations[0]?.rule).toBe('RowsLost');
        expect(finding.rowsLost).toBe(lost);
      }),
      { seed: 2 },
    );
  });

  it('what is locked is neither lost nor good', () => {
    const locked: Reading<never> = { state: 'unknown', reason: 'lock timeout' };
    const finding = judge({ ...tables(locked), invariants: { 'no-debt': locked } });
    expect(finding.violations).toEqual([]);
    expect(finding.rowsLost).toBe(0);
    expect(baselineOf('db', observation(), finding).good).toBe(false);
  });

  it('a table that is gone is a violation even if nobody knew its rows', () => {
    const finding = judgeIntegrity(observation(tables({ state: 'missing', reason: 'gone' })), platform, {
      baseline: undefined,
      driftMinutes: 1,
    });
    expect(finding.violations).toMatchObject([{ rule: 'TableMissing', expected: null }]);
  });

  it('orphans are a violation, and a reference that cannot be followed is unknown', () => {
    const finding = judgeOrphans(sound, {
      'trades.position_id -> positions.id': read(3),
      'trades.user_id -> users.id': { state: 'missing', reason: 'no such table' },
    });
    expect(finding.violations).toMatchObject([{ rule: 'OrphanedRows', found: '3 orphans' }]);
    expect(finding.unknowns).toEqual(['trades.user_id -> users.id: no such table']);
  });

  it('a baseline is good exactly when nothing is broken or unknown, and says why it is not', () => {
    expect(lastGood).toMatchObject({ good: true, reasons: [] });
    const bad = baselineOf('db', observation(), judge(tables(rows(999))));
    expect(bad).toMatchObject({ good: false, reasons: [expect.stringContaining('RowsLost public.trades')] });
  });
});
