import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateWait, type WaitDuration } from '../../shared/database/wait-estimate.ts';

const took = (seconds: number, more: Partial<WaitDuration> = {}): WaitDuration => ({
  seconds,
  storageGibibytes: 400,
  rehearsal: false,
  ...more,
});
const wait = { storageGibibytes: 400, ceilingSeconds: 9000 };

describe('what is expected of a wait', () => {
  it('is nothing, and the deadline that of the procedure, while there is no earlier one', () => {
    expect(estimateWait([], wait)).toEqual({
      expectedSeconds: null,
      deadlineSeconds: 9000,
      basis: 0,
      fromRehearsals: false,
    });
  });

  it.each([
    ['the longest of the earlier ones counts', [took(600), took(1200), took(300)], 1200, 3600],
    ['a short one gives no deadline below a quarter of an hour', [took(20)], 20, 900],
    ['a long one gives none beyond that of the procedure', [took(5000)], 5000, 9000],
    ['a rehearsal counts for want of the real thing', [took(700, { rehearsal: true })], 700, 2100],
    ['a rehearsal does not count beside a real one', [took(2900, { rehearsal: true }), took(700)], 700, 2100],
    ['another size says nothing', [took(2900, { storageGibibytes: 4000 }), took(700)], 700, 2100],
    ['twice the size is the same', [took(1000, { storageGibibytes: 800 }), took(700)], 1000, 3000],
    ['an unknown size is any', [took(1000, { storageGibibytes: null }), took(700)], 1000, 3000],
    ['only the ten newest count', [...Array.from({ length: 10 }, () => took(400)), took(2000)], 400, 1200],
  ])('%s', (_rule, durations, expectedSeconds, deadlineSeconds) => {
    expect(estimateWait(durations, wait)).toMatchObject({ expectedSeconds, deadlineSeconds });
  });

  const durations = fc.array(
    fc.record({
      seconds: fc.double({ min: 0, max: 100_000, noNaN: true }),
      storageGibibytes: fc.option(fc.integer({ min: 20, max: 65_536 })),
      rehearsal: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  const waits = fc.record({
    storageGibibytes: fc.option(fc.integer({ min: 20, max: 65_536 })),
    ceilingSeconds: fc.integer({ min: 1, max: 20_000 }),
  });

  it('never goes beyond the ceiling, nor below a quarter of an hour where the ceiling allows it', () => {
    fc.assert(
      fc.property(durations, waits, (earlier, one) => {
        const { deadlineSeconds } = estimateWait(earlier, one);
        expect(deadlineSeconds).toBeLessThanOrEqual(one.ceilingSeconds);
        expect(deadlineSeconds).toBeGreaterThanOrEqual(Math.min(900, one.ceilingSeconds));
      }),
      { seed: 13 },
    );
  });

  it('never gives up before what is expected has passed, where the ceiling allows it', () => {
    fc.assert(
      fc.property(durations, waits, (earlier, one) => {
        const { expectedSeconds, deadlineSeconds } = estimateWait(earlier, one);
        expect(deadlineSeconds).toBeGreaterThanOrEqual(Math.min(expectedSeconds ?? 0, one.ceilingSeconds));
      }),
      { seed: 13 },
    );
  });

  it('is not moved by a rehearsal once there was a real one', () => {
    fc.assert(
      fc.property(durations, waits, (earlier, one) => {
        const real = earlier.filter(({ rehearsal }) => !rehearsal);
        const comparable = estimateWait(real, one);
        if (comparable.basis > 0) expect(estimateWait(earlier, one)).toEqual(comparable);
      }),
      { seed: 13 },
    );
  });
});
