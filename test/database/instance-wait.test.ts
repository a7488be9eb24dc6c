import { describe, expect, it } from 'vitest';
import { type InstanceWait, judgeWait, plannedWait } from '../../shared/database/instance-wait.ts';
import type { RdsInstance } from '../../shared/database/rds.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';

const wait: InstanceWait = {
  incidentId: 'INC-20260131-0a1b2c3d',
  executionId: 'execution-1',
  taskToken: 'token',
  identifier: 'orders',
  resourceId: 'db-NEW',
  purpose: 'restore',
  deadlineSeconds: 9000,
  rehearsal: false,
  awaitedSince: '2026-01-31T03:00:00.000Z',
  deadlineAt: '2026-01-31T03:30:00.000Z',
  expectedSeconds: 600,
  storageGibibytes: 400,
};
const instance = (overrides: Partial<RdsInstance> = {}) =>
  seenInstance({
    DBInstanceIdentifier: 'orders',
    DbiResourceId: 'db-NEW',
    DBInstanceStatus: 'available',
    Endpoint: { Address: 'orders.example', Port: 5432 },
    ...overrides,
  });
const BEFORE = '2026-01-31T03:29:59.999Z';
const AT = '2026-01-31T03:30:00.000Z';

describe('a wait', () => {
  it('ends with the instance and the time that it took', () => {
    expect(judgeWait(wait, instance(), '2026-01-31T03:10:00.500Z')).toMatchObject({
      kind: 'ready',
      waitedSeconds: 600.5,
    });
  });

  it('goes on until its deadline, and not a moment longer', () => {
    const creating = instance({ DBInstanceStatus: 'creating' });
    expect(judgeWait(wait, creating, BEFORE)).toEqual({ kind: 'pending' });
    expect(judgeWait(wait, creating, AT)).toMatchObject({
      kind: 'failed',
      error: {
        name: 'DatabaseInstanceWaitExpired',
        message: expect.stringMatching(/still creating after 1800 s .*deadlineAt/),
      },
    });
    expect(judgeWait(wait, undefined, AT)).toMatchObject({
      error: { message: expect.stringContaining('still absent') },
    });
  });

  it('does not fail an instance that is ready when somebody looks too late', () => {
    expect(judgeWait(wait, instance(), '2026-01-31T04:00:00.000Z')).toMatchObject({ kind: 'ready' });
  });

  it.each([
    'failed',
    'incompatible-network',
    'inaccessible-encryption-credentials',
    'storage-full',
    'deleting',
  ])('ends at once with the status %s in its name', (DBInstanceStatus) => {
    expect(judgeWait(wait, instance({ DBInstanceStatus }), BEFORE)).toMatchObject({
      kind: 'failed',
      error: { name: 'DatabaseInstanceFailed', message: expect.stringContaining(DBInstanceStatus) },
    });
  });

  it('is planned up to what was learned, from when its execution began', () => {
    const { deadlineAt, expectedSeconds } = plannedWait(wait, 400, {
      expectedSeconds: 500,
      deadlineSeconds: 1500,
      basis: 2,
      fromRehearsals: false,
    });
    expect({ deadlineAt, expectedSeconds }).toEqual({
      deadlineAt: '2026-01-31T03:25:00.000Z',
      expectedSeconds: 500,
    });
  });
});
