import { describe, expect, it } from 'vitest';
import { type DatabaseFacts, judgeDatabaseHealth } from '../../shared/assessment/database-health.ts';
import type { DatabaseActivity } from '../../shared/database/database-activity.ts';

const activity: DatabaseActivity = {
  ordinarySlots: 95,
  takenSlots: 20,
  idleSessions: 15,
  idleInTransactionSessions: 0,
  longestQuerySeconds: 0.2,
  blockedSessions: 0,
  longestBlockingSeconds: 0,
  probeLatencyMillis: 12,
};
const healthy: DatabaseFacts = {
  rdsStatus: 'available',
  connectionFault: null,
  connectionMessage: null,
  activity,
  unreadable: {},
};
const noSession = (connectionFault: string) => ({
  connectionFault,
  connectionMessage: 'no session',
  activity: null,
});

describe('database health rules', () => {
  it.each<[string, string, Partial<DatabaseFacts>]>([
    ['Healthy', 'healthy', {}],
    ['Healthy', 'healthy', { rdsStatus: 'storage-optimization' }],
    ['Healthy', 'healthy', { rdsStatus: null }],
    ['InstanceNotAvailable', 'down', { rdsStatus: 'stopped', ...noSession('ETIMEDOUT') }],
    ['InstanceNotAvailable', 'down', { rdsStatus: 'rebooting', ...noSession('ECONNREFUSED') }],
    ['InstanceNotAvailable', 'down', { rdsStatus: 'incompatible-parameters', ...noSession('ECONNREFUSED') }],
    ['ConnectionRefused', 'down', noSession('ECONNREFUSED')],
    ['ConnectionRefused', 'down', noSession('ECONNRESET')],
    ['ConnectionTimedOut', 'connection-lost', noSession('ETIMEDOUT')],
    ['AuthenticationFailed', 'connection-lost', noSession('28P01')],
    ['AuthenticationFailed', 'connection-lost', noSession('28000')],
    ['ServerStarting', 'down', noSession('57P03')],
    ['ConnectionSlotsExhausted', 'connection-lost', noSession('53300')],
    ['ConnectionSlotsExhausted', 'connection-lost', { activity: { ...activity, takenSlots: 95 } }],
    ['ProbeSlow', 'degraded', { activity: { ...activity, probeLatencyMillis: 1001 } }],
    [
      'LocksWaiting',
      'degraded',
      { activity: { ...activity, blockedSessions: 4, longestBlockingSeconds: 2 } },
    ],
    ['LongQueries', 'degraded', { activity: { ...activity, longestQuerySeconds: 60 } }],
    [
      'DataCorrupted',
      'corrupted',
      { unreadable: { 'public.trades': { state: 'unreadable', reason: 'bad page' } } },
    ],
    ['DataCorrupted', 'corrupted', noSession('XX001')],
    ['NothingMeasured', 'unknown', { activity: null }],
  ])('%s makes it %s', (rule, status, facts) => {
    expect(judgeDatabaseHealth({ ...healthy, ...facts })).toMatchObject({ rule, status });
  });

  it('damaged pages outweigh everything else that is wrong', () => {
    expect(
      judgeDatabaseHealth({
        ...healthy,
        activity: { ...activity, takenSlots: 95, longestQuerySeconds: 600 },
        unreadable: { 'public.trades': { state: 'unreadable', reason: 'bad page' } },
      }),
    ).toMatchObject({ rule: 'DataCorrupted' });
  });

  it('a table that is merely locked or gone does not make pages damaged', () => {
    const unreadable = { 'public.trades': { state: 'missing' as const, reason: 'no such table' } };
    expect(judgeDatabaseHealth({ ...healthy, unreadable })).toMatchObject({ rule: 'Healthy' });
  });

  it('says what was measured, with units', () => {
    expect(judgeDatabaseHealth(healthy).facts).toMatchObject({
      probeLatencyMillis: 12,
      rdsStatus: 'available',
    });
  });
});
