import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fingerprints } from '../../shared/database/fingerprint.ts';
import { judgeWhole } from '../../shared/database/fingerprint-checks.ts';
import {
  type LedgerEntry,
  ledgerFault,
  seal,
  withoutSuperseded,
} from '../../shared/database/fingerprint-ledger.ts';

const SEED = 20_260_131;

function taken(snapshotAt: string): Fingerprints {
  return {
    databaseIdentifier: 'testudo-production',
    snapshotAt,
    oldestTransactionId: '800',
    serverMajorVersion: 18,
    sealed: [
      {
        table: 'public.trades',
        createdAtColumn: 'created_at',
        columns: [{ name: 'id', type: 'bigint', asText: false }],
        buckets: [{ from: null, until: '2026-01-31T02:00:00.000000Z', rows: 7, sum: '-12', mixedSum: '99' }],
      },
    ],
    whole: [],
    left: [],
    sealedUntil: { 'public.trades': '2026-01-31T02:00:00.000000Z' },
  };
}

function ledgerOf(length: number): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let hour = 0; hour < length; hour += 1) {
    const at = `2026-01-31T${String(hour).padStart(2, '0')}:01:00.000000Z`;
    entries.push(seal(taken(at), entries.at(-1)));
  }
  return entries;
}

describe('the ledger of fingerprints', () => {
  it('holds together as it was written, and when its head lags behind', () => {
    const entries = ledgerOf(5);
    expect(ledgerFault(entries, entries[4])).toBeUndefined();
    expect(ledgerFault(entries, entries[3])).toBeUndefined();
    expect(ledgerFault(entries.slice(2), entries[4], false)).toBeUndefined();
    expect(ledgerFault([], undefined)).toBeUndefined();
  });

  it('does not hold together when an entry is missing anywhere, the last one included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (length, place) => {
        const entries = ledgerOf(length);
        const without = entries.toSpliced(place % length, 1);
        expect(ledgerFault(without, entries.at(-1))).toMatch(/missing|follow/);
      }),
      { seed: SEED },
    );
  });

  it('does not hold together when a number was changed, even if its own hash was made to fit', () => {
    const entries = ledgerOf(4);
    const [first, second, third, fourth] = entries as [LedgerEntry, LedgerEntry, LedgerEntry, LedgerEntry];
    const changed = { ...second, snapshotAt: '2026-01-31T01:02:00.000000Z' };
    expect(ledgerFault([first, changed, third, fourth], fourth)).toBe('entry 2 was changed');
    const { sequence: _, hash: __, previousHash: ___, ...content } = changed;
    const forged = seal(content, first);
    expect(ledgerFault([first, forged, third, fourth], fourth)).toBe(
      'entry 3 does not follow the one before it',
    );
    const last = seal({ ...taken('2026-01-31T03:01:00.000000Z'), oldestTransactionId: '1' }, third);
    expect(ledgerFault([first, second, third, last], fourth)).toBe(
      'entry 4 is not the one that its head names',
    );
  });

  it('leaves out what was sealed of data that a cut-over has replaced', () => {
    const after = '2026-01-31T01:01:00.000000Z';
    const until = '2026-01-31T03:01:00.000000Z';
    const counted = withoutSuperseded(ledgerOf(5), [{ incidentId: 'INC-20260131-0a1b2c3d', after, until }]);
    expect(counted.map(({ sequence }) => sequence)).toEqual([1, 2, 4, 5]);
  });
});

describe('a table that may change', () => {
  const sealed = { rows: 10, sum: '5', mixedSum: '6' };
  const other = { rows: 10, sum: '5', mixedSum: '7' };
  it.each([
    ['is the same when its content is, whatever was written', 'mutable', sealed, undefined, 3, 'same'],
    [
      'is different when it was the same before and after the moment',
      'mutable',
      other,
      sealed,
      0,
      'different',
    ],
    ['is not comparable when rows were written since', 'append-only', other, undefined, 2, 'not comparable'],
    ['is not comparable when it changed around the moment', 'append-only', other, other, 1, 'not comparable'],
    [
      'is different when nothing was written and nothing may go',
      'append-only',
      other,
      undefined,
      0,
      'different',
    ],
    ['may have lost rows rightly when rows may go', 'mutable', other, undefined, 0, 'not comparable'],
  ] as const)('%s', (_rule, kind, found, next, written, expected) => {
    expect(judgeWhole({ table: { kind }, sealed, next, found, written })).toBe(expected);
  });
});
