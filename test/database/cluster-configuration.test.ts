import type { DBCluster } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { nextClusterMove } from '../../shared/database/cluster-configuration.ts';
import { carriedClusterSettings, memberRequest } from '../../shared/database/cluster-settings.ts';
import type { RdsInstance } from '../../shared/database/rds.ts';
import type { RdsCluster } from '../../shared/database/rds-clusters.ts';
import { seenCluster } from '../../shared/database/seen-cluster.ts';

const cluster: DBCluster = {
  DBClusterIdentifier: 'orders',
  DBClusterArn: 'arn:aws:rds:eu-central-1:111122223333:cluster:orders',
  DbClusterResourceId: 'cluster-SOURCE',
  DBClusterParameterGroup: 'orders',
  DBSubnetGroup: 'private',
  Status: 'available',
  Endpoint: 'orders.cluster-abc.eu-central-1.rds.amazonaws.com',
  Engine: 'aurora-postgresql',
  EngineVersion: '17.5',
  Port: 5432,
  BackupRetentionPeriod: 14,
  PreferredMaintenanceWindow: 'sat:03:00-sat:03:30',
  StorageType: 'aurora-iopt1',
  ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 },
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database', Status: 'active' }],
  DBClusterMembers: [],
};
const member = (identifier: string, overrides: RdsInstance = {}): RdsInstance => ({
  DBInstanceIdentifier: identifier,
  DBInstanceClass: 'db.r7g.large',
  DBInstanceStatus: 'available',
  MonitoringInterval: 15,
  PromotionTier: 1,
  DBParameterGroups: [{ DBParameterGroupName: 'members', ParameterApplyStatus: 'in-sync' }],
  ...overrides,
});
const source: RdsCluster = { cluster, members: [member('orders-a'), member('orders-b')] };
const COPY = 'orders-restored-0a1b2c3d';
const copy = (members: readonly RdsInstance[], overrides: DBCluster = {}): RdsCluster => ({
  cluster: { ...cluster, DBClusterIdentifier: COPY, DbClusterResourceId: 'cluster-COPY', ...overrides },
  members,
});
const [WRITER, READER] = [`${COPY}-member-1`, `${COPY}-member-2`];
const whole = [member(WRITER), member(READER)];

describe('the next move of a copied cluster', () => {
  it.each<[string, RdsCluster, object]>([
    ['a cluster that is still restored', copy([], { Status: 'creating' }), { kind: 'await' }],
    [
      'a restored cluster, which has no members: the writer alone',
      copy([]),
      { kind: 'modify', asked: [`member ${WRITER}`] },
    ],
    [
      'a writer that is being made',
      copy([member(WRITER, { DBInstanceStatus: 'creating' })]),
      { kind: 'await' },
    ],
    [
      'a cluster with its writer: the readers',
      copy([member(WRITER)]),
      { kind: 'modify', asked: [`member ${READER}`] },
    ],
    [
      'a reader that is being made',
      copy([member(WRITER), member(READER, { DBInstanceStatus: 'creating' })]),
      { kind: 'await' },
    ],
    [
      'settings of the cluster and of a member',
      copy([member(WRITER, { MonitoringInterval: 0 }), member(READER)], {
        PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
      }),
      { kind: 'modify', asked: ['cluster.PreferredMaintenanceWindow', `${WRITER}.MonitoringInterval`] },
    ],
    [
      'a cluster parameter group that waits for a restart of the writer',
      copy(whole, {
        DBClusterMembers: [{ DBInstanceIdentifier: WRITER, DBClusterParameterGroupStatus: 'pending-reboot' }],
      }),
      { kind: 'restart', members: [WRITER] },
    ],
    [
      'a group of a member that is being applied',
      copy([
        member(WRITER, {
          DBParameterGroups: [{ DBParameterGroupName: 'members', ParameterApplyStatus: 'applying' }],
        }),
        member(READER),
      ]),
      { kind: 'wait', for: [`parameter group members of ${WRITER} (applying)`] },
    ],
    [
      'a value that RDS has not carried out',
      copy(whole, { PendingModifiedValues: { BackupRetentionPeriod: 7 } }),
      { kind: 'wait', for: ['BackupRetentionPeriod (pending)'] },
    ],
    ['a copy that is like its source', copy(whole), { kind: 'none' }],
  ])('for %s', (_what, found, move) => {
    expect(nextClusterMove(source, found)).toMatchObject(move);
  });

  it.each([
    ['the cluster', copy([], { Status: 'cloning-failed' }), 'cloning-failed'],
    [
      'the writer',
      copy([member(WRITER, { DBInstanceStatus: 'incompatible-parameters' })]),
      'incompatible-parameters',
    ],
    ['a reader', copy([member(WRITER), member(READER, { DBInstanceStatus: 'failed' })]), 'failed'],
  ])('is not looked for where RDS has given up %s', (_what, found, status) => {
    expect(() => nextClusterMove(source, found)).toThrow(
      expect.objectContaining({ name: 'DatabaseInstanceFailed', message: expect.stringContaining(status) }),
    );
  });

  it('names members within what RDS takes', () => {
    const long = `orders-${'x'.repeat(56)}`;
    const move = nextClusterMove(source, copy([], { DBClusterIdentifier: long }));
    const [name = ''] = move.kind === 'modify' ? move.asked : [];
    expect(name).toMatch(/^member [a-z](-?[a-z0-9])*-member-1$/);
    expect(name.slice('member '.length).length).toBeLessThanOrEqual(63);
  });
});

describe('the status of a cluster', () => {
  it.each([
    ['its own while it is not ready', 'stopped', ['available', 'available'], 'stopped'],
    ['that of its writer', 'available', ['failed', 'available'], 'failed'],
    ['that of a reader on which RDS works', 'available', ['available', 'modifying'], 'modifying'],
    ['ready where only a reader has failed', 'available', ['available', 'failed'], 'available'],
    ['ready without members', 'available', [], 'available'],
  ])('is %s', (_what, Status, members, status) => {
    const found = {
      cluster: { ...cluster, Status },
      members: members.map((DBInstanceStatus, index) => member(`orders-${index}`, { DBInstanceStatus })),
    };
    expect(seenCluster(found).status).toBe(status);
  });
});

describe('what a copy is told', () => {
  it('is every setting of the cluster that a restore takes, with the capacity and the kind of storage', () => {
    expect(carriedClusterSettings(cluster)).toEqual({
      VpcSecurityGroupIds: ['sg-database'],
      DBSubnetGroupName: 'private',
      DBClusterParameterGroupName: 'orders',
      Port: 5432,
      BackupRetentionPeriod: 14,
      StorageType: 'aurora-iopt1',
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 },
    });
  });

  it('is for each member what the member that it stands for has', () => {
    const tagged = {
      ...cluster,
      TagList: [
        { Key: 'owner', Value: 'trading' },
        { Key: 'aws:x', Value: 'y' },
      ],
    };
    expect(memberRequest(member('orders-a', { PerformanceInsightsEnabled: true }), WRITER, tagged)).toEqual({
      DBInstanceIdentifier: WRITER,
      DBClusterIdentifier: 'orders',
      DBInstanceClass: 'db.r7g.large',
      Engine: 'aurora-postgresql',
      MonitoringInterval: 15,
      DBParameterGroupName: 'members',
      PromotionTier: 1,
      EnablePerformanceInsights: true,
      Tags: [{ Key: 'owner', Value: 'trading' }],
    });
  });
});
