import { describe, expect, it } from 'vitest';
import { driftMinutes } from '../../shared/database/drift.ts';

const at = (time: string) => ({ observedAt: `2026-01-31T${time}.000000Z` });

describe('how long a mutable table may have drifted', () => {
  it.each([
    ['03:05:00', '03:05:01', 1],
    ['03:05:00', '03:06:00', 1],
    ['03:05:00', '03:06:01', 2],
    ['03:05:00', '03:15:00', 10],
  ])('from %s to the first look at %s: %d minutes', (good, after, minutes) => {
    expect(driftMinutes(at(good), at(after))).toBe(minutes);
  });

  it('one minute when there is nothing to compare with', () => {
    expect(driftMinutes(undefined, at('03:05:00'))).toBe(1);
  });
});
