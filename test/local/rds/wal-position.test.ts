import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NotAWalPosition,
  parsePosition,
  parseSegmentName,
  segmentAt,
  segmentName,
  segmentStart,
} from '../../../infra/local/rds/wal-position.ts';

const MEBIBYTE = 1024 * 1024;

test('a segment has the name that PostgreSQL gives it', () => {
  expect(segmentName(segmentAt('0/C00028', 1, 4 * MEBIBYTE), 4 * MEBIBYTE)).toBe('000000010000000000000003');
  expect(segmentName(segmentAt('1/0', 2, 16 * MEBIBYTE), 16 * MEBIBYTE)).toBe('000000020000000100000000');
  expect(segmentName({ timeline: 1, number: 256n }, 16 * MEBIBYTE)).toBe('000000010000000100000000');
});

test('names and segments are the same thing, for every size of segments', () => {
  const segments = fc.record({
    timeline: fc.integer({ min: 1, max: 0x7fffffff }),
    number: fc.bigInt({ min: 0n, max: 2n ** 36n }),
    mebibytes: fc.constantFrom(1, 4, 16, 64),
  });
  fc.assert(
    fc.property(segments, ({ timeline, number, mebibytes }) => {
      const bytes = mebibytes * MEBIBYTE;
      const name = segmentName({ timeline, number }, bytes);
      expect(parseSegmentName(name, bytes)).toEqual({ timeline, number });
      expect(segmentStart({ timeline, number }, bytes)).toBe(number * BigInt(bytes));
    }),
    { seed: 20261122 },
  );
});

test.each(['', '0', '0/', '0/G', '0/1/2', '123456789/0'])('"%s" is not a position', (text) => {
  expect(() => parsePosition(text)).toThrow(NotAWalPosition);
});
