import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Evidence, judgeData } from '../../../infra/local/drill/verdict.ts';

const POINT = '2026-11-22T10:00:00Z';
const POINT_MILLIS = Date.parse(POINT);
const RESUMED = '2026-11-22T10:01:00.000Z';

const trade = (id: number, secondsFromPoint: number) => ({
  id,
  acknowledgedAtMillis: POINT_MILLIS + Math.round(secondsFromPoint * 1000),
  content: `${id}|what it says`,
});

/** 100 seeded trades; two acknowledged before the point, two after it, one after the resumption. */
const sound: Evidence = {
  seededBefore: { rows: 100, fingerprint: 'f' },
  acknowledged: [trade(101, -2), trade(102, -0.001), trade(103, 0), trade(104, 3.25), trade(105, 61)],
  after: {
    seeded: { rows: 100, fingerprint: 'f' },
    trades: new Map([101, 102, 105].map((id) => [id, `${id}|what it says`])),
    violations: { 'no-negative-balance': 0 },
  },
  restorePoint: POINT,
  resumedAt: RESUMED,
};

const without = (...ids: number[]): Evidence => ({
  ...sound,
  after: { ...sound.after, trades: new Map([...sound.after.trades].filter(([id]) => !ids.includes(id))) },
});

describe('the verdict on the data', () => {
  test('counts what was promised, what is there, and what lies after the restore point', () => {
    expect(judgeData(sound)).toEqual({
      expectedRows: 102,
      restoredRows: 102,
      rowsLost: 0,
      rowsAfterPoint: 2,
      rowsSalvaged: 0,
      rowsStrayed: 0,
      rpoSeconds: 3.25,
      verified: true,
      problems: [],
    });
  });

  test('calls a row lost that was acknowledged before the point and is absent', () => {
    expect(judgeData(without(102))).toMatchObject({ rowsLost: 1, restoredRows: 101, verified: false });
  });

  test('calls a row strayed that was acknowledged after the resumption and is absent', () => {
    expect(judgeData(without(105))).toMatchObject({ rowsLost: 0, rowsStrayed: 1, verified: false });
  });

  test('calls seeded rows lost when some are absent', () => {
    const after = { ...sound.after, seeded: { rows: 67, fingerprint: 'other' } };
    expect(judgeData({ ...sound, after })).toMatchObject({ rowsLost: 33, verified: false });
  });

  test.each<[what: string, evidence: Evidence]>([
    [
      'an acknowledged trade says something else',
      { ...sound, after: { ...sound.after, trades: new Map([...sound.after.trades, [101, 'other']]) } },
    ],
    [
      'a seeded trade says something else',
      { ...sound, after: { ...sound.after, seeded: { rows: 100, fingerprint: 'other' } } },
    ],
    ['an invariant is violated', { ...sound, after: { ...sound.after, violations: { x: 1 } } }],
  ])('verifies nothing when %s', (_, evidence) => {
    const verdict = judgeData(evidence);
    expect(verdict).toMatchObject({ rowsLost: 0, verified: false });
    expect(verdict.problems).toHaveLength(1);
  });

  test('has no recovery point to miss when every absent row is explained', () => {
    const trades = new Map([101, 102, 103, 104, 105].map((id) => [id, `${id}|what it says`]));
    expect(judgeData({ ...sound, after: { ...sound.after, trades } }).rpoSeconds).toBe(0);
  });

  test('without a restore expects every acknowledged row', () => {
    const verdict = judgeData({ ...sound, restorePoint: null });
    expect(verdict).toMatchObject({ expectedRows: 105, rowsLost: 2, rowsAfterPoint: 0, rpoSeconds: 0 });
  });

  const anyEvidence = fc
    .record({
      offsets: fc.array(fc.integer({ min: -20_000, max: 90_000 }), { maxLength: 60 }),
      kept: fc.infiniteStream(fc.boolean()),
      restored: fc.boolean(),
      resumed: fc.boolean(),
    })
    .map(({ offsets, kept, restored, resumed }): Evidence => {
      const acknowledged = offsets.map((millis, index) => trade(101 + index, millis / 1000));
      const present = acknowledged.filter(() => kept.next().value);
      return {
        ...sound,
        acknowledged,
        after: { ...sound.after, trades: new Map(present.map(({ id, content }) => [id, content])) },
        restorePoint: restored ? POINT : null,
        resumedAt: resumed ? RESUMED : null,
      };
    });

  test('always accounts for every acknowledged row exactly once', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const { expectedRows, restoredRows, rowsLost, rowsAfterPoint } = judgeData(evidence);
        const resumedMillis = evidence.resumedAt === null ? Number.POSITIVE_INFINITY : Date.parse(RESUMED);
        const afterwards =
          evidence.restorePoint === null
            ? 0
            : evidence.acknowledged.filter((row) => row.acknowledgedAtMillis >= resumedMillis).length;
        expect(expectedRows - 100 + rowsAfterPoint + afterwards).toBe(evidence.acknowledged.length);
        expect(restoredRows + rowsLost).toBe(expectedRows);
      }),
      { seed: 20261122 },
    );
  });

  test('never verifies when a row that was promised is absent, and always when only later ones are', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const promised = evidence.acknowledged.filter(
          ({ acknowledgedAtMillis: millis }) =>
            evidence.restorePoint === null ||
            millis < POINT_MILLIS ||
            (evidence.resumedAt !== null && millis >= Date.parse(RESUMED)),
        );
        const { verified } = judgeData(evidence);
        expect(verified).toBe(promised.every(({ id }) => evidence.after.trades.has(id)));
      }),
      { seed: 20261122 },
    );
  });

  test('never gives a recovery point that lies before an absent row', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const { rpoSeconds } = judgeData(evidence);
        expect(rpoSeconds).toBeGreaterThanOrEqual(0);
        for (const { id, acknowledgedAtMillis } of evidence.acknowledged) {
          const isAfterwards = evidence.resumedAt !== null && acknowledgedAtMillis >= Date.parse(RESUMED);
          if (evidence.restorePoint === null || evidence.after.trades.has(id) || isAfterwards) continue;
          expect(POINT_MILLIS + rpoSeconds * 1000).toBeGreaterThanOrEqual(acknowledgedAtMillis - 0.001);
        }
      }),
      { seed: 20261122 },
    );
  });
});
