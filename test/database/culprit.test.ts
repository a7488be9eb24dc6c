import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Culprit,
  findCulprit,
  type TableTouch,
  type Traces,
  type TransactionTrace,
} from '../../shared/database/culprit.ts';
import { PlatformData } from '../../shared/database/platform-data.ts';

const SINCE = '2026-01-31T03:00:00.000000Z';
const count = 'SELECT 1';
const platform = PlatformData.parse({
  criticalTables: [
    { name: 'trades', kind: 'append-only' },
    { name: 'accounts', kind: 'append-only' },
    { name: 'sessions', kind: 'mutable' },
  ],
  openPositionsSql: count,
  latestTradeSql: count,
  activeSessionsSql: count,
  affectedUsersSql: count,
});
const touch = (table: string, facts: Partial<TableTouch>): TableTouch => ({
  table: `public.${table}`,
  deleted: 0,
  updated: 0,
  inserted: 0,
  storage: 'kept',
  ...facts,
});
const at = (micros: number) => `2026-01-31T03:00:01.${String(micros).padStart(6, '0')}Z`;
const trace = (xid: number, micros: number, ...tables: TableTouch[]): TransactionTrace => ({
  xid: String(xid),
  committedAt: at(micros),
  tables,
});
const traces = (...transactions: TransactionTrace[]): Traces => ({
  source: 'wal',
  transactions,
  typicalRows: { 'public.trades': 1, 'public.accounts': 2, 'public.sessions': 3 },
});
const lost = (table: string) => ({ rule: 'RowsLost', subject: `public.${table}` });
const missing = { rule: 'TableMissing', subject: 'public.trades' };
const broken = { rule: 'InvariantBroken', subject: 'no-negative-balance' };
const orphaned = { rule: 'OrphanedRows', subject: 'trades.account_id -> accounts.id' };
const unreadable = { rule: 'UnreadableTable', subject: 'public.trades' };

const order = trace(7, 5, touch('trades', { inserted: 1 }), touch('accounts', { updated: 1 }));

describe('a transaction is the culprit when', () => {
  it.each([
    ['it deleted one row that must stay', touch('trades', { deleted: 1 }), lost('trades'), 'certain'],
    ['it emptied the table', touch('trades', { storage: 'replaced' }), lost('trades'), 'certain'],
    ['it dropped the table', touch('trades', { storage: 'dropped' }), missing, 'certain'],
    [
      'it deleted very many rows that may go',
      touch('sessions', { deleted: 30 }),
      lost('sessions'),
      'certain',
    ],
    [
      'it updated very many rows and an invariant is broken',
      touch('accounts', { updated: 20 }),
      broken,
      'likely',
    ],
    [
      'it inserted very many rows and an invariant is broken',
      touch('trades', { inserted: 10 }),
      broken,
      'likely',
    ],
    ['it deleted what others point to', touch('accounts', { deleted: 1 }), orphaned, 'likely'],
  ])('%s', (_what, deed, rule, confidence) => {
    const { culprit } = findCulprit(traces(order, trace(8, 9, deed)), [rule], platform, SINCE);
    expect(Culprit.parse(culprit)).toMatchObject({
      xid: '8',
      committedAt: at(9),
      evidence: 'wal',
      confidence,
    });
  });
});

describe('nobody is the culprit when', () => {
  it.each([
    ['only orders were traded', touch('trades', { inserted: 1 }), broken],
    ['a few rows were deleted that may go', touch('sessions', { deleted: 29 }), lost('sessions')],
    ['nine rows were written', touch('trades', { inserted: 9 }), broken],
    ['ten rows were written where two are usual', touch('accounts', { updated: 19 }), broken],
    ['rows were deleted elsewhere', touch('accounts', { deleted: 5 }), lost('trades')],
    ['many rows were written and rows are lost', touch('trades', { updated: 500 }), lost('trades')],
    ['pages are damaged', touch('trades', { deleted: 500 }), unreadable],
  ])('%s', (_what, deed, rule) => {
    expect(findCulprit(traces(trace(8, 9, deed)), [rule], platform, SINCE).culprit).toBeUndefined();
  });

  it('nothing is known to be damaged, and what was unusual is listed all the same', () => {
    const { culprit, suspects } = findCulprit(
      traces(order, trace(8, 9, touch('trades', { updated: 500 }))),
      [],
      platform,
      SINCE,
    );
    expect(culprit).toBeUndefined();
    expect(suspects.map(({ xid }) => xid)).toEqual(['8']);
  });
});

describe('of several suspicious transactions', () => {
  const first = trace(11, 1, touch('trades', { deleted: 1 }));
  const second = trace(9, 2, touch('trades', { deleted: 4000 }));
  const unrelated = trace(10, 0, touch('accounts', { updated: 100 }));

  it('the earliest that explains the damage is the culprit, whatever their numbers; the others are listed', () => {
    const verdict = findCulprit(traces(second, first, unrelated), [lost('trades')], platform, SINCE);
    expect(verdict.culprit?.xid).toBe('11');
    expect(verdict.suspects.map(({ xid }) => xid)).toEqual(['10', '9']);
  });

  it('one that was committed by the last sound moment is none', () => {
    const verdict = findCulprit(traces(first, second), [lost('trades')], platform, at(1));
    expect(verdict.culprit?.xid).toBe('9');
    expect(verdict.suspects).toEqual([]);
  });

  it('says in words what it did', () => {
    const dropped = trace(12, 3, touch('trades', { storage: 'dropped' }), touch('accounts', { updated: 1 }));
    const { culprit } = findCulprit(traces(dropped), [missing], platform, SINCE);
    expect(culprit?.reason).toBe('Transaction 12 dropped public.trades');
    expect(findCulprit(traces(second), [lost('trades')], platform, SINCE).culprit?.reason).toBe(
      'Transaction 9 deleted 4000 rows of public.trades',
    );
  });
});

describe('whatever else was committed', () => {
  const touches = fc
    .record({
      table: fc.constantFrom('trades', 'accounts', 'sessions'),
      deleted: fc.integer({ min: 0, max: 40 }),
      updated: fc.integer({ min: 0, max: 40 }),
      inserted: fc.integer({ min: 0, max: 40 }),
      storage: fc.constantFrom('kept' as const, 'replaced' as const),
    })
    .map(({ table, ...facts }) => touch(table, facts));
  const transactions = fc.uniqueArray(
    fc
      .tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(999_999), fc.array(touches, { maxLength: 3 }))
      .map(([xid, micros, tables]) => trace(xid, micros, ...tables)),
    { selector: ({ committedAt }) => committedAt, maxLength: 12 },
  );
  const rules = fc.subarray([lost('trades'), lost('sessions'), missing, broken, orphaned, unreadable]);

  it('nobody who explains the damage was earlier than the culprit, and the order of the evidence does not matter', () => {
    fc.assert(
      fc.property(transactions, rules, (given, damage) => {
        const { culprit, suspects } = findCulprit(traces(...given), damage, platform, SINCE);
        const reversed = findCulprit(traces(...given.toReversed()), damage, platform, SINCE);
        expect(reversed).toEqual({ culprit, suspects });
        const earlier = given.filter(
          ({ committedAt }) => culprit === undefined || committedAt < culprit.committedAt,
        );
        expect(findCulprit(traces(...earlier), damage, platform, SINCE).culprit).toBeUndefined();
      }),
      { seed: 20260131, numRuns: 300 },
    );
  });

  it('a deleted trade is never overlooked when trades are lost', () => {
    fc.assert(
      fc.property(transactions, fc.nat(999_999), (given, micros) => {
        const deletion = trace(2e6, micros, touch('trades', { deleted: 1 }));
        const { culprit } = findCulprit(traces(...given, deletion), [lost('trades')], platform, SINCE);
        expect(culprit !== undefined && culprit.committedAt <= deletion.committedAt).toBe(true);
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });
});
