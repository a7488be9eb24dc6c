import {
  CreateDBInstanceCommand,
  type DBCluster,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
  RestoreDBClusterToPointInTimeCommand,
  StartDBClusterCommand,
} from '@aws-sdk/client-rds';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE, MASTER, platformInstance, type RdsRig, startRig, until } from './rds-rig.ts';

const GROUP = { name: 'orders', description: 'of the cluster', parameters: { work_mem: '8192' } };
const OTHER = { name: 'other', description: 'of the cluster', parameters: { work_mem: '4096' } };

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig({ instanceQuota: 4 });
  await rig.rds.createInstance(platformInstance('alone', { backupRetentionDays: 0, parameterGroup: OTHER }));
  await rig.rds.createCluster({
    ...platformInstance('orders', { parameterGroup: GROUP, tags: { owner: 'trading' } }),
    members: [{ identifier: 'orders-1' }, { identifier: 'orders-2' }],
  });
});
afterAll(() => rig.close());

async function clusterOf(identifier: string): Promise<DBCluster> {
  const { DBClusters = [] } = await rig.sdk.send(
    new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }),
  );
  return DBClusters[0] ?? {};
}
const settled = (identifier: string) =>
  until(`${identifier} is available`, async () => {
    const cluster = await clusterOf(identifier).catch(() => undefined);
    return cluster?.Status === 'available' ? cluster : undefined;
  });
const restore = (overrides: object = {}) =>
  rig.sdk.send(
    new RestoreDBClusterToPointInTimeCommand({
      SourceDBClusterIdentifier: 'orders',
      DBClusterIdentifier: 'copy',
      UseLatestRestorableTime: true,
      DBSubnetGroupName: 'platform-database',
      VpcSecurityGroupIds: ['sg-database'],
      ...overrides,
    }),
  );
const createMember = (identifier: string, overrides: object = {}) =>
  rig.sdk.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: identifier,
      DBClusterIdentifier: 'copy',
      DBInstanceClass: 'db.r7g.large',
      Engine: 'aurora-postgresql',
      ...overrides,
    }),
  );

async function connect({ Endpoint, Port }: DBCluster): Promise<Client> {
  const client = new Client({
    host: Endpoint,
    port: Port,
    database: DATABASE,
    ...MASTER,
    ssl: { rejectUnauthorized: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('an Aurora cluster', () => {
  it('is described with its members, which instances of the account do not hide', async () => {
    expect(await clusterOf('orders')).toMatchObject({
      Engine: 'aurora-postgresql',
      DbClusterResourceId: expect.stringMatching(/^cluster-[A-Z2-7]{26}$/),
      DBClusterParameterGroup: 'orders',
      EarliestRestorableTime: expect.any(Date),
      DBClusterMembers: [
        { DBInstanceIdentifier: 'orders-1', IsClusterWriter: true },
        { DBInstanceIdentifier: 'orders-2', IsClusterWriter: false },
      ],
    });
    const { DBInstances = [] } = await rig.sdk.send(
      new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }] }),
    );
    expect(DBInstances).toMatchObject([
      { DBInstanceIdentifier: 'orders-1', DBClusterIdentifier: 'orders', AllocatedStorage: 1 },
      { DBInstanceIdentifier: 'orders-2', DBClusterIdentifier: 'orders' },
    ]);
    const { Parameters } = await rig.sdk.send(
      new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: 'orders' }),
    );
    expect(Parameters).toMatchObject([{ ParameterName: 'work_mem', ParameterValue: '8192' }]);
  });

  it('that is restored answers nobody until it has a member', async () => {
    await restore();
    await expect(createMember('copy-1')).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    const copy = await settled('copy');
    expect(copy).toMatchObject({ DBClusterMembers: [], DBClusterParameterGroup: 'default.postgres18' });
    expect(copy.IAMDatabaseAuthenticationEnabled).toBe(false);
    await expect(connect(copy)).rejects.toThrow();
    await createMember('copy-1');
    await rig.untilStatus('copy-1', 'available');
    const client = await connect(await clusterOf('copy'));
    expect((await client.query('SELECT count(*)::int AS count FROM trades')).rows).toEqual([{ count: 1000 }]);
    await client.end();
    expect(rig.messagesOf('copy-1')).toEqual(['DB instance created']);
  });

  it.each([
    ['a member that exists', () => createMember('copy-1'), 'DBInstanceAlreadyExistsFault'],
    ['one member more than the account may have', () => createMember('copy-2'), 'InstanceQuotaExceededFault'],
    [
      'a cluster that is not there',
      () => createMember('x', { DBClusterIdentifier: 'absent' }),
      'DBClusterNotFoundFault',
    ],
    ['a cluster that exists', () => restore(), 'DBClusterAlreadyExistsFault'],
    [
      'a clone, which goes back to no point',
      () => restore({ DBClusterIdentifier: 'clone', RestoreType: 'copy-on-write' }),
      'InvalidParameterValue',
    ],
    [
      'a setting of the cluster on a member',
      () =>
        rig.sdk.send(
          new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'copy-1', BackupRetentionPeriod: 3 }),
        ),
      'InvalidParameterValue',
    ],
    [
      'the start of what runs',
      () => rig.sdk.send(new StartDBClusterCommand({ DBClusterIdentifier: 'copy' })),
      'InvalidDBClusterStateFault',
    ],
  ])('refuses %s by the name of RDS', async (_what, ask, name) => {
    await expect(ask()).rejects.toMatchObject({ name });
  });

  it('runs with another cluster parameter group once its writer was restarted', async () => {
    const modify = {
      DBClusterIdentifier: 'copy',
      DBClusterParameterGroupName: 'other',
      ApplyImmediately: true,
    };
    rig.rds.putInto('copy', 'modifying');
    await expect(rig.sdk.send(new ModifyDBClusterCommand(modify))).rejects.toMatchObject({
      name: 'InvalidDBClusterStateFault',
    });
    rig.rds.putInto('copy', 'available');
    await rig.sdk.send(new ModifyDBClusterCommand(modify));
    expect((await settled('copy')).DBClusterMembers).toMatchObject([
      { DBClusterParameterGroupStatus: 'pending-reboot' },
    ]);
    await rig.sdk.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'copy-1' }));
    await rig.untilStatus('copy-1', 'available');
    expect((await clusterOf('copy')).DBClusterMembers).toMatchObject([
      { DBClusterParameterGroupStatus: 'in-sync' },
    ]);
    expect(await rig.sql('copy', 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }]);
  });

  it('that is renamed keeps resource id and members, and its old endpoint leads nowhere', async () => {
    const before = await clusterOf('copy');
    const rename = { DBClusterIdentifier: 'copy', NewDBClusterIdentifier: 'renamed', ApplyImmediately: true };
    await rig.sdk.send(new ModifyDBClusterCommand(rename));
    const after = await settled('renamed');
    expect(after.DbClusterResourceId).toBe(before.DbClusterResourceId);
    expect(after.DBClusterMembers).toEqual(before.DBClusterMembers);
    await expect(clusterOf('copy')).rejects.toMatchObject({ name: 'DBClusterNotFoundFault' });
    await expect(connect(before)).rejects.toThrow();
    const client = await connect(after);
    await client.end();
    expect(rig.events.at(-1)).toMatchObject({
      'detail-type': 'RDS DB Cluster Event',
      detail: { SourceType: 'CLUSTER', EventID: 'RDS-EVENT-0172', SourceIdentifier: 'renamed' },
    });
  });
});
