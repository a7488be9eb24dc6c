import { describe, expect, it } from 'vitest';
import { latestTradeCheck } from '../../shared/database/latest-trade-check.ts';

const LEAST = '2026-01-31T03:05:00.000000Z';
const MOST = '2026-01-31T03:05:30Z';

describe('the latest trade of a copy', () => {
  it.each<[string | null, string | null, string | null, boolean]>([
    ['2026-01-31T03:05:10.5Z', LEAST, MOST, true],
    [LEAST, LEAST, MOST, true],
    ['2026-01-31T03:04:59.999999Z', LEAST, MOST, false],
    ['2026-01-31T03:05:35Z', LEAST, MOST, true],
    ['2026-01-31T03:05:35.000001Z', LEAST, MOST, false],
    ['2027-01-31T03:05:35Z', LEAST, null, true],
    [null, LEAST, MOST, false],
    [null, null, MOST, true],
  ])('%s, at least %s and at most %s (clocks may differ by 5 s): passes %s', (found, least, most, passed) => {
    expect(latestTradeCheck(found, least, most)).toMatchObject([{ passed }]);
  });
});
