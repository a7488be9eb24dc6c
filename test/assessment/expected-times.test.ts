import { expect, test } from 'vitest';
import { expectedTimes } from '../../shared/assessment/expected-times.ts';
import type { WaitDuration } from '../../shared/database/wait-estimate.ts';

const durations = (known: Readonly<Record<string, number>>) => ({
  recent: async (purpose: string): Promise<WaitDuration[]> =>
    known[purpose] === undefined
      ? []
      : [{ seconds: known[purpose], storageGibibytes: 100, rehearsal: false }],
});

test('what is typical of RDS is expected while nothing was learned, and said to be so', async () => {
  const times = await expectedTimes(durations({}), 100);
  expect(times.failover).toEqual({ seconds: 120, learned: false });
  expect(times.promotion.seconds).toBeLessThan(times.restore.seconds);
});

test('what earlier waits took is expected instead, part by part, for storage of the same size', async () => {
  const known = durations({ restore: 4000, failover: 45, 'restored-rename': 30 });
  const times = await expectedTimes(known, 100);
  expect(times.failover).toEqual({ seconds: 45, learned: true });
  expect(times.restore).toEqual({ seconds: 4000 + 60 + 60 + 90 + 30, learned: true });
  expect((await expectedTimes(known, 5000)).failover).toEqual({ seconds: 120, learned: false });
});
