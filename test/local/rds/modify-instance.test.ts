import {
  AddTagsToResourceCommand,
  DBInstanceAlreadyExistsFault,
  DBInstanceNotFoundFault,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  InvalidDBInstanceStateFault,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceCommandInput,
  RebootDBInstanceCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MASTER, platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  // A modification takes a quarter of a second, so that the state in between can be seen.
  rig = await startRig({ timeScale: 60 });
  await rig.rds.createInstance(platformInstance('platform'));
  await rig.rds.createInstance(
    platformInstance('other', {
      parameterGroup: {
        name: 'other-postgres18',
        description: 'with another limit',
        parameters: { max_connections: '42', 'rds.force_ssl': '1' },
      },
      prepare: (client) => client.query('CREATE TABLE other_marker (id int)').then(() => undefined),
    }),
  );
});
afterAll(() => rig.close());

const modify = (identifier: string, input: Partial<ModifyDBInstanceCommandInput>) =>
  rig.sdk.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, ...input }));

describe('an instance is modified', () => {
  test('only while it is available; in between it shows modifying', async () => {
    const { DBInstance: answer } = await modify('platform', { DeletionProtection: true });
    expect(answer?.DBInstanceStatus).toBe('modifying');
    await expect(modify('platform', { DeletionProtection: false })).rejects.toThrow(
      InvalidDBInstanceStateFault,
    );
    await expect(
      rig.sdk.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'platform' })),
    ).rejects.toThrow(InvalidDBInstanceStateFault);
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({ DeletionProtection: true });
  });

  test('at once in what RDS never defers, and later in the rest unless told to apply it', async () => {
    await modify('platform', { AllocatedStorage: 200, MultiAZ: true, CopyTagsToSnapshot: true });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({
      AllocatedStorage: 100,
      MultiAZ: false,
      CopyTagsToSnapshot: true,
      PendingModifiedValues: { AllocatedStorage: 200, MultiAZ: true },
    });
    await modify('platform', { MultiAZ: true, ApplyImmediately: true });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({ MultiAZ: true });
  });

  test('in monitoring, insights and log exports, which a restore cannot set', async () => {
    await expect(modify('platform', { MonitoringInterval: 30 })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
      message: expect.stringContaining('MonitoringRoleARN'),
    });
    await modify('platform', {
      MonitoringInterval: 30,
      MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring',
      EnablePerformanceInsights: true,
      CloudwatchLogsExportConfiguration: { EnableLogTypes: ['postgresql'] },
    });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({
      MonitoringInterval: 30,
      PerformanceInsightsEnabled: true,
      PerformanceInsightsRetentionPeriod: 7,
      EnabledCloudwatchLogsExports: ['postgresql'],
    });
  });

  test('in its master password', async () => {
    await modify('platform', { MasterUserPassword: 'another secret' });
    await rig.untilStatus('platform', 'available');
    await expect(rig.connect('platform', MASTER)).rejects.toMatchObject({ code: '28P01' });
    const client = await rig.connect('platform', { ...MASTER, password: 'another secret' });
    await client.end();
  });

  test('while its storage is optimised in everything but the storage', async () => {
    rig.rds.putInto('platform', 'storage-optimization');
    await expect(modify('platform', { AllocatedStorage: 300, ApplyImmediately: true })).rejects.toThrow(
      InvalidDBInstanceStateFault,
    );
    await modify('platform', { AutoMinorVersionUpgrade: false });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({ AutoMinorVersionUpgrade: false });
  });

  test('never by an unknown security group', async () => {
    await expect(modify('platform', { VpcSecurityGroupIds: ['sg-nothing'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

describe('a parameter group', () => {
  test('waits for the reboot', async () => {
    await modify('platform', { DBParameterGroupName: 'other-postgres18', ApplyImmediately: true });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({
      DBParameterGroups: [
        { DBParameterGroupName: 'other-postgres18', ParameterApplyStatus: 'pending-reboot' },
      ],
    });
    expect(await rig.sql('platform', 'SHOW max_connections')).toEqual([{ max_connections: '100' }]);

    await rig.sdk.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'platform' }));
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({
      DBParameterGroups: [{ ParameterApplyStatus: 'in-sync' }],
    });
    expect(await rig.sql('platform', 'SHOW max_connections')).toEqual([{ max_connections: '42' }]);
    expect(rig.messagesOf('platform').slice(-2)).toEqual(['DB instance shutdown', 'DB instance restarted']);
  });

  test('can be read', async () => {
    const { Parameters: parameters } = await rig.sdk.send(
      new DescribeDBParametersCommand({ DBParameterGroupName: 'other-postgres18' }),
    );
    expect(parameters).toContainEqual(
      expect.objectContaining({ ParameterName: 'max_connections', ParameterValue: '42', Source: 'user' }),
    );
  });
});

describe('a rename', () => {
  test('is refused when the name is taken', async () => {
    await expect(
      modify('platform', { NewDBInstanceIdentifier: 'other', ApplyImmediately: true }),
    ).rejects.toThrow(DBInstanceAlreadyExistsFault);
  });

  test('waits for the maintenance window unless it is applied at once', async () => {
    await modify('platform', { NewDBInstanceIdentifier: 'later' });
    expect(await rig.untilStatus('platform', 'available')).toMatchObject({
      PendingModifiedValues: { DBInstanceIdentifier: 'later' },
    });
  });

  test('ends every session of the old name, and the endpoint of a name leads to whoever has it', async () => {
    const before = await rig.describe('platform');
    const session = new Client(rig.rds.adminConnection('platform', 'platform'));
    const ended = new Promise((resolve) => session.on('error', resolve));
    await session.connect();

    await modify('platform', { NewDBInstanceIdentifier: 'platform-old', ApplyImmediately: true });
    expect((await rig.describe('platform')).DBInstanceStatus).toBe('renaming');
    await expect(
      modify('other', { NewDBInstanceIdentifier: 'platform-old', ApplyImmediately: true }),
    ).rejects.toThrow(DBInstanceAlreadyExistsFault);
    const old = await rig.untilStatus('platform-old', 'available');
    await ended;
    expect(old.DbiResourceId).toBe(before.DbiResourceId);
    expect(old.Endpoint?.Port).not.toBe(before.Endpoint?.Port);
    await expect(rig.describe('platform')).rejects.toThrow(DBInstanceNotFoundFault);

    await modify('other', { NewDBInstanceIdentifier: 'platform', ApplyImmediately: true });
    const fresh = await rig.untilStatus('platform', 'available');
    expect(fresh.Endpoint).toEqual(before.Endpoint);
    const client = await rig.connect('platform', MASTER);
    const { rows } = await client.query(`SELECT to_regclass('other_marker')::text AS marker`);
    await client.end();
    expect(rows).toEqual([{ marker: 'other_marker' }]);
    expect(rig.messagesOf('platform').at(-1)).toBe('Renamed instance from other to platform');
  });

  test('keeps tags, and tags are found by the new ARN', async () => {
    const { DBInstanceArn: arn } = await rig.describe('platform-old');
    await rig.sdk.send(
      new AddTagsToResourceCommand({
        ResourceName: arn,
        Tags: [
          { Key: 'incident', Value: 'inc-1' },
          { Key: 'role', Value: 'evidence & <proof>' },
        ],
      }),
    );
    await rig.sdk.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: ['incident'] }));
    const { TagList: tags } = await rig.sdk.send(new ListTagsForResourceCommand({ ResourceName: arn }));
    expect(tags).toEqual([{ Key: 'role', Value: 'evidence & <proof>' }]);
  });
});

describe('the API', () => {
  test('does not delete, and remembers that it was asked to', async () => {
    await expect(
      rig.sdk.send(
        new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'platform-old', SkipFinalSnapshot: true }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidAction' });
    expect(rig.rds.unknownActions()).toEqual(['DeleteDBInstance']);
    expect(await rig.describe('platform-old')).toMatchObject({ DBInstanceStatus: 'available' });
  });

  test('lists instances in pages and by filter', async () => {
    const { DBInstances: all } = await rig.sdk.send(new DescribeDBInstancesCommand({ MaxRecords: 20 }));
    expect(all?.map(({ DBInstanceIdentifier: identifier }) => identifier)).toEqual([
      'platform-old',
      'platform',
    ]);
    const { DBInstances: one } = await rig.sdk.send(
      new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-instance-id', Values: ['platform'] }] }),
    );
    expect(one).toHaveLength(1);
  });
});
