import {
  CreateDBInstanceReadReplicaCommand,
  type CreateDBInstanceReadReplicaCommandInput,
  DBInstanceAlreadyExistsFault,
  DBSubnetGroupNotAllowedFault,
  InvalidDBInstanceStateFault,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetricDatum } from '../../../infra/local/cloudwatch/metric.ts';
import { MASTER, platformInstance, type RdsRig, startRig, until } from './rds-rig.ts';

let rig: RdsRig;
const metrics: MetricDatum[] = [];
beforeAll(async () => {
  rig = await startRig({ onMetric: (datum) => metrics.push(datum) });
  await rig.rds.createInstance(
    platformInstance('platform', {
      tags: { owner: 'trading' },
      attributes: { DeletionProtection: true, MultiAZ: true, EnabledCloudwatchLogsExports: ['postgresql'] },
      parameterGroup: {
        name: 'platform-postgres18',
        description: 'of the platform',
        parameters: { max_connections: '120' },
      },
    }),
  );
});
afterAll(() => rig.close());

const create = (input: Partial<CreateDBInstanceReadReplicaCommandInput> = {}) =>
  rig.sdk.send(
    new CreateDBInstanceReadReplicaCommand({
      SourceDBInstanceIdentifier: 'platform',
      DBInstanceIdentifier: 'platform-reader',
      ...input,
    }),
  );
const promote = (identifier: string) =>
  rig.sdk.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: identifier, BackupRetentionPeriod: 3 }));
const untilReplayed = (identifier: string, note: string) =>
  until(`${identifier} has ${note}`, async () => {
    const [row] = await rig.sql<{ rows: string }>(
      identifier,
      `SELECT count(*) AS rows FROM trades WHERE note = '${note}'`,
    );
    return row?.rows === '0' ? undefined : row?.rows;
  });

describe('a read replica', () => {
  beforeAll(async () => {
    await create();
    await rig.untilStatus('platform-reader', 'available', 'failed');
  });

  test('follows its source by streaming, read-only, and both name each other', async () => {
    await rig.sql('platform', `INSERT INTO trades VALUES (1001, 'streamed')`);
    expect(await untilReplayed('platform-reader', 'streamed')).toBe('1');
    await expect(rig.sql('platform-reader', `INSERT INTO trades VALUES (1002, 'x')`)).rejects.toMatchObject({
      code: '25006',
    });
    expect(await rig.describe('platform')).toMatchObject({
      ReadReplicaDBInstanceIdentifiers: ['platform-reader'],
    });
    const replica = await until('it is seen to replicate', async () => {
      const found = await rig.describe('platform-reader');
      return found.StatusInfos?.[0]?.Normal === true ? found : undefined;
    });
    expect(replica).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: 'platform',
      StatusInfos: [{ StatusType: 'read replication', Status: 'replicating', Normal: true }],
    });
  });

  test('has subnet group, parameter group and class of its source, no backups, and defaults for the rest', async () => {
    const replica = await rig.describe('platform-reader');
    expect(replica).toMatchObject({
      DBInstanceClass: 'db.m7g.large',
      DBParameterGroups: [{ DBParameterGroupName: 'platform-postgres18', ParameterApplyStatus: 'in-sync' }],
      DBSubnetGroup: { DBSubnetGroupName: 'platform-database' },
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-default' }],
      BackupRetentionPeriod: 0,
      IAMDatabaseAuthenticationEnabled: false,
      DeletionProtection: false,
      MultiAZ: false,
      TagList: [],
    });
    expect(replica.EnabledCloudwatchLogsExports).toBeUndefined();
    expect(replica.LatestRestorableTime).toBeUndefined();
    await expect(
      rig.connect('platform-reader', { ...MASTER, connectionTimeoutMillis: 300 }),
    ).rejects.toThrow();
  });

  test('sends its lag to CloudWatch, which grows while nothing arrives', async () => {
    const lags = () =>
      metrics.filter(
        ({ metric: { name, dimensions } }) =>
          name === 'ReplicaLag' && dimensions.DBInstanceIdentifier === 'platform-reader',
      );
    const count = lags().length;
    const later = await until('two more lags', () => (lags().length >= count + 2 ? lags() : undefined));
    const [before, after] = later.slice(-2);
    expect(after?.metric).toMatchObject({ namespace: 'AWS/RDS' });
    expect(after?.sample.sum ?? 0).toBeGreaterThan(before?.sample.sum ?? Number.POSITIVE_INFINITY);
  });

  test('is refused under a taken name, with a subnet group in the region of its source, and of a source without backups', async () => {
    await expect(create()).rejects.toThrow(DBInstanceAlreadyExistsFault);
    await expect(create({ DBInstanceIdentifier: 'other', DBSubnetGroupName: 'default' })).rejects.toThrow(
      DBSubnetGroupNotAllowedFault,
    );
    await expect(
      create({ DBInstanceIdentifier: 'other', SourceDBInstanceIdentifier: 'platform-reader' }),
    ).rejects.toThrow(InvalidDBInstanceStateFault);
  });

  test('stays with the old instance when that is renamed', async () => {
    await rig.sdk.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'platform',
        NewDBInstanceIdentifier: 'platform-replaced',
        ApplyImmediately: true,
      }),
    );
    await rig.untilStatus('platform-replaced', 'available');
    expect(await rig.describe('platform-reader')).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: 'platform-replaced',
    });
    await rig.sql('platform-replaced', `INSERT INTO trades VALUES (1003, 'renamed')`);
    expect(await untilReplayed('platform-reader', 'renamed')).toBe('1');
  });

  test('is promoted on a timeline of its own after its source is gone for good, with what it had received', async () => {
    await rig.sql('platform-replaced', `INSERT INTO trades VALUES (1004, 'last')`);
    await untilReplayed('platform-reader', 'last');
    await rig.rds.loseStorage('platform-replaced');
    expect(await rig.describe('platform-replaced')).toMatchObject({ DBInstanceStatus: 'failed' });
    await promote('platform-reader');
    const promoted = await rig.untilStatus('platform-reader', 'available', 'failed');
    expect(promoted).toMatchObject({ DBInstanceStatus: 'available', BackupRetentionPeriod: 3 });
    expect(promoted.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    expect(promoted.LatestRestorableTime).toBeInstanceOf(Date);
    const [row] = await rig.sql<{ timeline: number; rows: string }>(
      'platform-reader',
      `SELECT (pg_control_checkpoint()).timeline_id AS timeline, count(*) AS rows FROM trades`,
    );
    expect(row).toEqual({ timeline: 2, rows: '1003' });
    await rig.sql('platform-reader', `INSERT INTO trades VALUES (1005, 'own')`);
    expect(await rig.describe('platform-replaced')).toMatchObject({ ReadReplicaDBInstanceIdentifiers: [] });
    await expect(promote('platform-reader')).rejects.toThrow(InvalidDBInstanceStateFault);
  });

  test('gives way: a failed instance takes another name and stays failed, and takes nothing that its server would have to do', async () => {
    const change = (more: object) =>
      rig.sdk.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: 'platform-replaced',
          ApplyImmediately: true,
          ...more,
        }),
      );
    await expect(change({ MasterUserPassword: 'another horse' })).rejects.toThrow(
      InvalidDBInstanceStateFault,
    );
    await change({ NewDBInstanceIdentifier: 'platform-lost' });
    await rig.untilStatus('platform-lost', 'failed');
  });
});

describe('a promoted replica', () => {
  beforeAll(async () => {
    await rig.rds.createInstance(platformInstance('second'));
    await create({ SourceDBInstanceIdentifier: 'second', DBInstanceIdentifier: 'second-reader' });
    await rig.untilStatus('second-reader', 'available', 'failed');
  });

  test('leaves a source that lives, and no longer holds its WAL', async () => {
    const slots = () =>
      rig.sql<{ slot_name: string }>('second', 'SELECT slot_name FROM pg_replication_slots');
    expect(await slots()).toHaveLength(1);
    await promote('second-reader');
    await rig.untilStatus('second-reader', 'available', 'failed');
    expect(await slots()).toEqual([]);
  });
});
