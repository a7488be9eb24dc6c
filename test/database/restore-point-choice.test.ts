import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChoiceEvidence,
  choosePoint,
  describePreview,
  isRestorable,
} from '../../shared/database/restore-point-choice.ts';
import { epochMicros } from '../../shared/lambda/timestamp.ts';

const NOW = '2026-01-31T03:10:00.000Z';
const anchor = { observedAt: '2026-01-31T03:05:07.654321Z' };
const culprit = {
  committedAt: '2026-01-31T03:06:09.000001Z',
  reason: 'Transaction 9 deleted 4 rows of public.trades',
};
const window = {
  earliestRestorableTime: '2026-01-30T00:00:00.000Z',
  latestRestorableTime: '2026-01-31T03:05:00.000Z',
};
const choose = (evidence: Partial<ChoiceEvidence>) =>
  choosePoint({ requested: null, culprit: null, anchor: undefined, now: NOW, window, ...evidence });

/** As an operator gives it. */
const given = (restorePoint: string) => ({ restorePoint, name: 'alice', reason: 'I saw it' });

describe('the restore point', () => {
  it('of an operator wins over the culprit and the baseline', () => {
    expect(choose({ requested: given('2026-01-31T03:04:05.123456Z'), culprit, anchor })).toMatchObject({
      basis: 'operator',
      chosenAt: '2026-01-31T03:04:05.123456Z',
      restoreTime: '2026-01-31T03:04:05Z',
    });
  });

  it('without an operator and a culprit is the last good baseline', () => {
    expect(choose({ anchor })).toMatchObject({
      basis: 'baseline',
      chosenAt: anchor.observedAt,
      restoreTime: '2026-01-31T03:05:07Z',
    });
  });

  it('cannot be had from nothing', () => {
    expect(() => choose({})).toThrow(
      expect.objectContaining({ name: 'NoRestorePoint', message: expect.stringContaining('restorePoint') }),
    );
  });

  it('may be now, and never a microsecond later', () => {
    expect(choose({ requested: given(NOW) }).restoreTime).toBe('2026-01-31T03:10:00Z');
    expect(() => choose({ requested: given('2026-01-31T03:10:00.000001Z') })).toThrow(
      expect.objectContaining({ name: 'RestorePointInFuture' }),
    );
  });

  it('is a whole second, not after what was meant and less than a second before', () => {
    const micros = fc.integer({ min: 0, max: 999_999 }).map((value) => String(value).padStart(6, '0'));
    const second = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2026-01-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 19));
    fc.assert(
      fc.property(second, micros, fc.boolean(), (whole, fraction, byOperator) => {
        const meant = `${whole}.${fraction}Z`;
        const { restoreTime } = byOperator
          ? choose({ requested: given(meant) })
          : choose({ anchor: { observedAt: meant } });
        const before = epochMicros(meant) - epochMicros(restoreTime);
        expect(restoreTime).toMatch(/:\d\dZ$/);
        expect(before >= 0n && before < 1_000_000n).toBe(true);
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });
});

describe('the restore point before a culprit', () => {
  it.each([
    ['2026-01-31T03:06:09.000001Z', '2026-01-31T03:06:09Z'],
    ['2026-01-31T03:06:09.999999Z', '2026-01-31T03:06:09Z'],
    ['2026-01-31T03:06:09.000000Z', '2026-01-31T03:06:08Z'],
  ])(
    'that was committed at %s is the last whole second strictly before it: %s',
    (committedAt, restoreTime) => {
      expect(choose({ culprit: { ...culprit, committedAt }, anchor })).toMatchObject({
        basis: 'culprit',
        chosenAt: committedAt,
        restoreTime,
      });
    },
  );

  it('says so when it lies before the last good baseline', () => {
    const soon = { ...culprit, committedAt: '2026-01-31T03:05:07.700000Z' };
    expect(choose({ culprit: soon, anchor }).reason).toContain(
      `before the last good baseline of ${anchor.observedAt}`,
    );
    expect(choose({ culprit, anchor }).reason).not.toContain('baseline');
  });

  it('may be another that an operator gives, up to the second of the commit and not after it', () => {
    expect(choose({ requested: given('2026-01-31T03:06:09.900000Z'), culprit }).restoreTime).toBe(
      '2026-01-31T03:06:09Z',
    );
    const exact = { ...culprit, committedAt: '2026-01-31T03:06:09.000000Z' };
    for (const [requested, who] of [
      ['2026-01-31T03:06:10Z', culprit],
      ['2026-01-31T03:06:09.900000Z', exact],
    ] as const) {
      expect(() => choose({ requested: given(requested), culprit: who })).toThrow(
        expect.objectContaining({
          name: 'RestorePointAfterAccident',
          message: expect.stringMatching(
            /^restorePoint: .*deleted 4 rows of public\.trades.*2026-01-30T00:00:00/,
          ),
        }),
      );
    }
  });

  it('is strictly before the commit, whatever its microseconds, and at most a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (micros) => {
        const committedAt = `2026-01-31T03:06:09.${String(micros).padStart(6, '0')}Z`;
        const { restoreTime } = choose({ culprit: { ...culprit, committedAt } });
        const gap = epochMicros(committedAt) - epochMicros(restoreTime);
        expect(gap > 0n && gap <= 1_000_000n).toBe(true);
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });

  it('tells what would be lost, or that nobody knows', () => {
    const preview = {
      restoreTime: '2026-01-31T03:06:09Z',
      transactions: 12,
      rows: { 'public.trades': 12, 'public.positions': 0 },
      lastCommitAt: '2026-01-31T03:06:10.250000Z',
      rpoSeconds: 1.25,
    };
    expect(describePreview(preview)).toBe(
      'Lost would be 12 transactions in 1.250 s (rows: 12 of public.trades)',
    );
    expect(describePreview(null)).toBe('What would be lost is not known');
  });
});

describe('whether RDS can restore', () => {
  it.each([
    ['2026-01-30T00:00:00Z', true],
    ['2026-01-31T03:05:00Z', true],
    ['2026-01-31T03:05:01Z', false],
  ])('to %s with logs up to 03:05:00: %s', (restoreTime, restorable) => {
    expect(isRestorable(restoreTime, window, 0)).toBe(restorable);
  });

  it('is refused for a point before the backups', () => {
    expect(() => isRestorable('2026-01-29T23:59:59Z', window, 0)).toThrow(
      expect.objectContaining({
        name: 'RestorePointTooOld',
        message: expect.stringMatching(
          /^restorePoint: .*RDS can restore from 2026-01-30T00:00:00.000Z to 2026-01-31T03:05:00.000Z$/,
        ),
      }),
    );
  });

  it('is awaited for half an hour and then given up, naming where the logs end', () => {
    expect(isRestorable('2026-01-31T03:05:01Z', window, 1799.9)).toBe(false);
    expect(() => isRestorable('2026-01-31T03:05:01Z', window, 1800)).toThrow(
      expect.objectContaining({
        name: 'RestorePointNotRestorable',
        message: expect.stringContaining('03:05:00'),
      }),
    );
  });

  it('is awaited too where RDS names no logs yet', () => {
    const none = { earliestRestorableTime: null, latestRestorableTime: null };
    expect(isRestorable('2026-01-31T03:05:01Z', none, 0)).toBe(false);
  });
});
