import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePoint, isRestorable } from '../../shared/database/restore-point-choice.ts';
import { epochMicros } from '../../shared/lambda/timestamp.ts';

const NOW = '2026-01-31T03:10:00.000Z';
const anchor = { observedAt: '2026-01-31T03:05:07.654321Z' };

describe('the restore point', () => {
  it('of an operator wins over the baseline', () => {
    expect(choosePoint('2026-01-31T03:04:05.123456Z', anchor, NOW)).toMatchObject({
      basis: 'operator',
      chosenAt: '2026-01-31T03:04:05.123456Z',
      restoreTime: '2026-01-31T03:04:05Z',
    });
  });

  it('without an operator is the last good baseline', () => {
    expect(choosePoint(null, anchor, NOW)).toMatchObject({
      basis: 'baseline',
      chosenAt: anchor.observedAt,
      restoreTime: '2026-01-31T03:05:07Z',
    });
  });

  it('cannot be had from nothing', () => {
    expect(() => choosePoint(null, undefined, NOW)).toThrow(
      expect.objectContaining({ name: 'NoRestorePoint', message: expect.stringContaining('restorePoint') }),
    );
  });

  it('may be now, and never a microsecond later', () => {
    expect(choosePoint(NOW, undefined, NOW).restoreTime).toBe('2026-01-31T03:10:00Z');
    expect(() => choosePoint('2026-01-31T03:10:00.000001Z', undefined, NOW)).toThrow(
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
          ? choosePoint(meant, undefined, NOW)
          : choosePoint(null, { observedAt: meant }, NOW);
        const before = epochMicros(meant) - epochMicros(restoreTime);
        expect(restoreTime).toMatch(/:\d\dZ$/);
        expect(before >= 0n && before < 1_000_000n).toBe(true);
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });
});

describe('whether RDS can restore', () => {
  const window = {
    earliestRestorableTime: '2026-01-30T00:00:00.000Z',
    latestRestorableTime: '2026-01-31T03:05:00.000Z',
  };

  it.each([
    ['2026-01-30T00:00:00Z', true],
    ['2026-01-31T03:05:00Z', true],
    ['2026-01-31T03:05:01Z', false],
  ])('to %s with logs up to 03:05:00: %s', (restoreTime, restorable) => {
    expect(isRestorable(restoreTime, window, 0)).toBe(restorable);
  });

  it('is refused for a point before the backups', () => {
    expect(() => isRestorable('2026-01-29T23:59:59Z', window, 0)).toThrow(
      expect.objectContaining({ name: 'RestorePointTooOld' }),
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
