import { describe, expect, it } from 'vitest';
import type { RdsInstance } from '../../shared/database/rds.ts';
import { isReady, readinessOf } from '../../shared/database/readiness.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';

const awaited = { identifier: 'orders', resourceId: 'db-NEW' };
const instance = (overrides: Partial<RdsInstance> = {}) =>
  seenInstance({
    DBInstanceIdentifier: 'orders',
    DbiResourceId: 'db-NEW',
    DBInstanceStatus: 'available',
    Endpoint: { Address: 'orders.example', Port: 5432 },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database', Status: 'active' }],
    ...overrides,
  });

describe('the status of RDS', () => {
  it.each([
    ['available', 'ready'],
    ['storage-optimization', 'ready'],
    ['backing-up', 'pending'],
    ['creating', 'pending'],
    ['modifying', 'pending'],
    ['renaming', 'pending'],
    ['a status of next year', 'pending'],
    ['failed', 'failed'],
    ['incompatible-restore', 'failed'],
    ['incompatible-network', 'failed'],
    ['incompatible-parameters', 'failed'],
    ['inaccessible-encryption-credentials', 'failed'],
    ['inaccessible-encryption-credentials-recoverable', 'failed'],
    ['insufficient-capacity', 'failed'],
    ['storage-full', 'failed'],
    ['stopped', 'failed'],
    ['deleting', 'failed'],
  ])('%s means %s', (status, readiness) => {
    expect(readinessOf(status)).toBe(readiness);
  });
});

describe('an awaited instance', () => {
  it('is ready with its name, its endpoint and its network', () => {
    expect(isReady(awaited, instance())).toBe(true);
    expect(isReady({ ...awaited, resourceId: null }, instance())).toBe(true);
  });

  it.each([
    ['it does not exist yet', undefined],
    ['another instance still has the name', instance({ DbiResourceId: 'db-OLD' })],
    ['it still has its former name', instance({ DBInstanceIdentifier: 'orders-restored-0a1b2c3d' })],
    ['RDS works on it', instance({ DBInstanceStatus: 'modifying' })],
    ['it has no endpoint', instance({ Endpoint: undefined })],
    [
      'its groups are being exchanged',
      instance({ VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-quarantine', Status: 'adding' }] }),
    ],
  ])('is not ready while %s', (_why, found) => {
    expect(isReady(awaited, found)).toBe(false);
  });

  it('is not promoted while it still follows its source, although it looks ready', () => {
    const promotion = { ...awaited, purpose: 'promotion' };
    const follower = instance({ ReadReplicaSourceDBInstanceIdentifier: 'orders-replaced-0a1b2c3d' });
    expect(isReady(promotion, follower)).toBe(false);
    expect(isReady(awaited, follower)).toBe(true);
    expect(isReady(promotion, instance())).toBe(true);
  });

  it('that will never be ready is an error with its status', () => {
    expect(() => isReady(awaited, instance({ DBInstanceStatus: 'incompatible-restore' }))).toThrow(
      expect.objectContaining({
        name: 'DatabaseInstanceFailed',
        message: expect.stringContaining('incompatible-restore'),
      }),
    );
  });

  it('does not fail for the failure of another one under its name', () => {
    expect(isReady(awaited, instance({ DbiResourceId: 'db-OLD', DBInstanceStatus: 'failed' }))).toBe(false);
  });
});
