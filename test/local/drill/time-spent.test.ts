import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divideTime, type Span } from '../../../infra/local/drill/time-spent.ts';

const span = (startedAtMillis: number, endedAtMillis: number): Span => ({ startedAtMillis, endedAtMillis });

describe('the time of a recovery', () => {
  test('is divided into real work, people, waits and what is our own', () => {
    expect(
      divideTime({
        recovery: span(1000, 11_000),
        restoreWork: [span(0, 2000), span(4000, 7000), span(6000, 8000)],
        people: [span(7500, 9000)],
        waits: [span(4000, 5000), span(9000, 9500)],
      }),
    ).toEqual({
      totalSeconds: 10,
      restoreWorkSeconds: 5,
      peopleSeconds: 1,
      waitSeconds: 0.5,
      overheadSeconds: 3.5,
      overheadPercent: 35,
    });
  });

  test('of no length has no overhead', () => {
    const time = divideTime({ recovery: span(5, 5), restoreWork: [span(0, 9)], people: [], waits: [] });
    expect(time).toMatchObject({ totalSeconds: 0, overheadSeconds: 0, overheadPercent: 0 });
  });

  const spans = fc.array(
    fc.tuple(fc.nat(1000), fc.nat(300)).map(([start, length]) => span(start, start + length)),
    { maxLength: 12 },
  );

  test('always adds up, with no part below nothing', () => {
    fc.assert(
      fc.property(spans, spans, spans, (restoreWork, people, waits) => {
        const time = divideTime({ recovery: span(100, 900), restoreWork, people, waits });
        const parts = [time.restoreWorkSeconds, time.peopleSeconds, time.waitSeconds, time.overheadSeconds];
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(0.8, 9);
      }),
      { seed: 20261122 },
    );
  });

  test('is real work wherever real work is going on, whatever else is', () => {
    fc.assert(
      fc.property(spans, spans, spans, (restoreWork, people, waits) => {
        const alone = divideTime({ recovery: span(100, 900), restoreWork, people: [], waits: [] });
        const together = divideTime({ recovery: span(100, 900), restoreWork, people, waits });
        expect(together.restoreWorkSeconds).toBe(alone.restoreWorkSeconds);
      }),
      { seed: 20261122 },
    );
  });
});
