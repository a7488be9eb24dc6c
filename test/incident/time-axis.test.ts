import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stack, timeAxis } from '../../shared/incident/time-axis.ts';

const DEADLINES = [300, 600, 900, 1800, 3600];
const [LEFT, RIGHT] = [138, 1146];
const axis = (lastEventSeconds: number) => timeAxis(lastEventSeconds, DEADLINES, LEFT, RIGHT);
const anyLength = fc.double({ min: 0, max: 7 * 86_400, noNaN: true });

describe('the axis of any incident', () => {
  test('keeps the order of moments and stays on the paper', () => {
    fc.assert(
      fc.property(
        anyLength,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 }),
        (last, shares) => {
          const drawn = axis(last);
          const places = shares.toSorted((left, right) => left - right).map((share) => drawn.x(share * last));
          expect(places).toEqual(places.toSorted((left, right) => left - right));
          expect(Math.min(...places)).toBeGreaterThanOrEqual(LEFT);
          expect(Math.max(...places)).toBeLessThanOrEqual(drawn.plotRight);
        },
      ),
      { seed: 20260314 },
    );
  });

  test('keeps the order of deadlines, those within after the events before them', () => {
    fc.assert(
      fc.property(anyLength, (last) => {
        const drawn = axis(last);
        const places = DEADLINES.map(drawn.deadlineX);
        for (const [index, place] of places.entries()) {
          if (index > 0) expect(place).toBeGreaterThan(places[index - 1] ?? 0);
          expect(place).toBeLessThanOrEqual(RIGHT);
          expect(drawn.isBeyond(DEADLINES[index] ?? 0)).toBe(place > drawn.plotRight);
        }
      }),
      { seed: 20260314 },
    );
  });

  test('leaves its tick labels room, and has at least three', () => {
    fc.assert(
      fc.property(anyLength, (last) => {
        const places = axis(last).ticks.map(({ x }) => x);
        expect(places.length).toBeGreaterThanOrEqual(3);
        places.slice(1).forEach((place, index) => {
          expect(place - (places[index] ?? 0)).toBeGreaterThanOrEqual(52);
        });
      }),
      { seed: 20260314 },
    );
  });
});

test('a drill of 30 seconds fills most of the axis, with every deadline behind the break', () => {
  const drawn = axis(30);
  expect(DEADLINES.every(drawn.isBeyond)).toBe(true);
  expect(drawn.x(30) - drawn.x(1)).toBeGreaterThan(400);
});

test('in an incident of 3 hours the first half minute is still apart', () => {
  const drawn = axis(3 * 3600);
  expect(DEADLINES.some(drawn.isBeyond)).toBe(false);
  expect(drawn.x(30) - drawn.x(0)).toBeGreaterThan(60);
});

test('a moment before detection stands at its line', () => {
  expect(axis(60).x(-5)).toBe(LEFT);
});

test('what overlaps is put into rows, what does not shares one', () => {
  const at = (from: number, to: number) => ({ from, to });
  expect(stack([at(0, 10), at(5, 15), at(10, 20), at(12, 22), at(30, 40)])).toEqual([0, 1, 0, 2, 0]);
});
