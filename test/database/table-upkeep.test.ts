import { describe, expect, it } from 'vitest';
import {
  chooseStaleTables,
  hasStaleStatistics,
  isBloated,
  type TableUpkeep,
} from '../../shared/database/table-upkeep.ts';

const THRESHOLD = { rows: 50, share: 0.1 };
function table(facts: Partial<TableUpkeep> = {}): TableUpkeep {
  return {
    table: 'public.trades',
    schema: 'public',
    name: 'trades',
    liveRows: 10_000,
    deadRows: 0,
    changedRows: 0,
    vacuumedSecondsAgo: 60,
    analyzedSecondsAgo: 60,
    ...facts,
  };
}

describe('statistics are stale', () => {
  it.each([
    [false, 'just analyzed', {}],
    [false, 'as much has changed as autovacuum tolerates', { changedRows: 1050 }],
    [true, 'more has changed', { changedRows: 1051 }],
    [true, 'never analyzed, with rows', { analyzedSecondsAgo: null }],
    [false, 'never analyzed, and empty', { analyzedSecondsAgo: null, liveRows: 0 }],
    [true, 'never analyzed, emptied since', { analyzedSecondsAgo: null, liveRows: 0, changedRows: 7 }],
    [false, 'analyzed long ago, and nothing has changed', { analyzedSecondsAgo: 1e7 }],
  ])('%s: %s', (expected, _case, facts) => {
    expect(hasStaleStatistics(table(facts), THRESHOLD)).toBe(expected);
  });

  it('of the most changed tables first, and of no others', () => {
    const tables = [
      table({ table: 'public.a', changedRows: 2000 }),
      table({ table: 'public.b' }),
      table({ table: 'public.c', changedRows: 9000 }),
    ];
    expect(chooseStaleTables({ tables, threshold: THRESHOLD }).map((each) => each.table)).toEqual([
      'public.c',
      'public.a',
    ]);
  });
});

describe('dead rows', () => {
  it.each([
    [false, 1000, 0],
    [true, 1001, 0],
    [false, 2000, 10_000],
    [true, 2001, 10_000],
  ])('slow down: %s with %i dead and %i living', (expected, deadRows, liveRows) => {
    expect(isBloated(table({ deadRows, liveRows }))).toBe(expected);
  });
});
