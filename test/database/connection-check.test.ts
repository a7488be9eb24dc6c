import { describe, expect, it } from 'vitest';
import { findConnectionFaults } from '../../shared/database/connection-check.ts';
import type { DatabaseActivity } from '../../shared/database/database-activity.ts';
import { adviseScaling, type WorkloadFacts } from '../../shared/database/scaling-advice.ts';

const quiet: DatabaseActivity = {
  ordinarySlots: 95,
  takenSlots: 20,
  idleSessions: 15,
  idleInTransactionSessions: 0,
  longestQuerySeconds: 0.2,
  blockedSessions: 0,
  longestBlockingSeconds: 0,
  probeLatencyMillis: 12,
};
const idle: WorkloadFacts = {
  cacheHitRatio: 0.99,
  temporaryBytes: 0,
  deadlocks: 0,
  oldestTransactionAge: 0,
  bloatedTables: [],
};

describe('a restored connection', () => {
  it.each<[string, Partial<DatabaseActivity>]>([
    ['probeLatencyMillis', { probeLatencyMillis: 1001 }],
    ['takenSlots', { takenSlots: 95 }],
    ['blockedSessions', { blockedSessions: 3, longestBlockingSeconds: 2.1 }],
  ])('is not proven by %s', (field, measured) => {
    expect(findConnectionFaults({ ...quiet, ...measured })).toEqual([expect.stringContaining(`${field}: `)]);
  });

  it('is proven by a quick answer and one free slot for ordinary users', () => {
    expect(findConnectionFaults({ ...quiet, takenSlots: 94, probeLatencyMillis: 1000 })).toEqual([]);
  });
});

describe('advice on what to scale', () => {
  it.each<[string, Partial<DatabaseActivity>, Partial<WorkloadFacts>]>([
    ['Connections', { takenSlots: 80 }, {}],
    ['Memory', {}, { cacheHitRatio: 0.8 }],
    ['work_mem', {}, { temporaryBytes: 11 * 1024 ** 3 }],
    ['Reports', { longestQuerySeconds: 61 }, {}],
    ['Locks', { blockedSessions: 1 }, {}],
    ['Vacuum', {}, { bloatedTables: ['public.trades'] }],
    ['Transaction numbers', {}, { oldestTransactionAge: 1_000_000_001 }],
  ])('%s', (subject, activity, facts) => {
    expect(adviseScaling({ ...quiet, ...activity }, { ...idle, ...facts })).toEqual([
      expect.stringMatching(`^${subject}`),
    ]);
  });

  it('is silent about a server at ease', () => {
    expect(adviseScaling(quiet, idle)).toEqual([]);
  });
});
