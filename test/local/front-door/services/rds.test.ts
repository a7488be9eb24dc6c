import { RDS } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inAccount,
  type PermissionCase,
  type PermissionsRig,
  startPermissionsRig,
} from './permissions-rig.ts';

let rig: PermissionsRig;

beforeAll(async () => {
  rig = await startPermissionsRig();
});

afterAll(() => rig.close());

const db = inAccount('rds', 'db:production');

const cases: readonly PermissionCase[] = [
  [
    'DescribeDBInstances',
    (config) => new RDS(config).describeDBInstances({ DBInstanceIdentifier: 'production' }),
    [`rds:DescribeDBInstances ${db}`],
  ],
  [
    'DescribeDBInstances of all',
    (config) => new RDS(config).describeDBInstances({}),
    [`rds:DescribeDBInstances ${inAccount('rds', 'db:*')}`],
  ],
  [
    'DescribeDBInstanceAutomatedBackups',
    (config) => new RDS(config).describeDBInstanceAutomatedBackups({ DBInstanceIdentifier: 'production' }),
    [
      `rds:DescribeDBInstanceAutomatedBackups ${inAccount('rds', 'auto-backup:*')}`,
      `rds:DescribeDBInstanceAutomatedBackups ${db}`,
    ],
  ],
  [
    'DescribeDBProxies',
    (config) => new RDS(config).describeDBProxies({}),
    [`rds:DescribeDBProxies ${inAccount('rds', 'db-proxy:*')}`],
  ],
  [
    'DescribeDBProxyTargets',
    (config) => new RDS(config).describeDBProxyTargets({ DBProxyName: 'orders' }),
    [
      `rds:DescribeDBProxyTargets ${inAccount('rds', 'db-proxy:*')}`,
      `rds:DescribeDBProxyTargets ${inAccount('rds', 'target-group:*')}`,
    ],
  ],
  [
    'DescribeDBProxyTargets of a proxy that is known',
    (config) => new RDS(config).describeDBProxyTargets({ DBProxyName: 'platform-proxy' }),
    [
      `rds:DescribeDBProxyTargets ${inAccount('rds', 'db-proxy:prx-1')}`,
      `rds:DescribeDBProxyTargets ${inAccount('rds', 'target-group:prx-tg-1')}`,
    ],
  ],
  [
    'DescribeDBProxyTargetGroups',
    (config) => new RDS(config).describeDBProxyTargetGroups({ DBProxyName: 'platform-proxy' }),
    [
      `rds:DescribeDBProxyTargetGroups ${inAccount('rds', 'db-proxy:prx-1')}`,
      `rds:DescribeDBProxyTargetGroups ${inAccount('rds', 'target-group:prx-tg-1')}`,
    ],
  ],
  ...(['registerDBProxyTargets', 'deregisterDBProxyTargets'] as const).map(
    (operation): PermissionCase => [
      operation,
      (config) =>
        new RDS(config)[operation]({ DBProxyName: 'platform-proxy', DBInstanceIdentifiers: ['orders'] }),
      ['db-proxy:prx-1', 'target-group:prx-tg-1', 'db:orders'].map(
        (resource) => `rds:${operation[0]?.toUpperCase()}${operation.slice(1)} ${inAccount('rds', resource)}`,
      ),
    ],
  ),
  [
    'DescribeDBParameters',
    (config) => new RDS(config).describeDBParameters({ DBParameterGroupName: 'pg18' }),
    [`rds:DescribeDBParameters ${inAccount('rds', 'pg:pg18')}`],
  ],
  [
    'DescribeDBLogFiles',
    (config) => new RDS(config).describeDBLogFiles({ DBInstanceIdentifier: 'production' }),
    [`rds:DescribeDBLogFiles ${db}`],
  ],
  [
    'DownloadDBLogFilePortion',
    (config) =>
      new RDS(config).downloadDBLogFilePortion({ DBInstanceIdentifier: 'production', LogFileName: 'l' }),
    [`rds:DownloadDBLogFilePortion ${db}`],
  ],
  [
    'DescribeEvents has no resource',
    (config) => new RDS(config).describeEvents({ SourceIdentifier: 'production' }),
    ['rds:DescribeEvents *'],
  ],
  [
    'DescribeDBSnapshots',
    (config) => new RDS(config).describeDBSnapshots({ DBInstanceIdentifier: 'production' }),
    [`rds:DescribeDBSnapshots ${db}`],
  ],
  [
    'StartDBInstance',
    (config) => new RDS(config).startDBInstance({ DBInstanceIdentifier: 'production' }),
    [`rds:StartDBInstance ${db}`],
  ],
  [
    'RebootDBInstance',
    (config) => new RDS(config).rebootDBInstance({ DBInstanceIdentifier: 'production' }),
    [`rds:RebootDBInstance ${db}`],
  ],
  [
    'AddTagsToResource',
    (config) =>
      new RDS(config).addTagsToResource({ ResourceName: db, Tags: [{ Key: 'incident', Value: 'i1' }] }),
    [`rds:AddTagsToResource ${db}`],
  ],
  [
    'ListTagsForResource',
    (config) => new RDS(config).listTagsForResource({ ResourceName: db }),
    [`rds:ListTagsForResource ${db}`],
  ],
  [
    'ModifyDBInstance asks for both names of a rename and for the groups that it sets',
    (config) =>
      new RDS(config).modifyDBInstance({
        DBInstanceIdentifier: 'production',
        NewDBInstanceIdentifier: 'retired',
        DBParameterGroupName: 'pg18',
      }),
    [
      `rds:ModifyDBInstance ${db}`,
      `rds:ModifyDBInstance ${inAccount('rds', 'db:retired')}`,
      `rds:ModifyDBInstance ${inAccount('rds', 'pg:pg18')}`,
    ],
  ],
  [
    'ModifyDBInstance asks to pass the role of monitoring',
    (config) =>
      new RDS(config).modifyDBInstance({
        DBInstanceIdentifier: 'production',
        MonitoringRoleArn: 'arn:aws:iam::000000000000:role/m',
      }),
    [`rds:ModifyDBInstance ${db}`, 'iam:PassRole arn:aws:iam::000000000000:role/m'],
  ],
  [
    'RestoreDBInstanceToPointInTime asks for source, target, groups and tags',
    (config) =>
      new RDS(config).restoreDBInstanceToPointInTime({
        SourceDBInstanceIdentifier: 'production',
        TargetDBInstanceIdentifier: 'restored-i1',
        DBSubnetGroupName: 'private',
        DBParameterGroupName: 'pg18',
        OptionGroupName: 'default:postgres-18',
        Tags: [{ Key: 'incident', Value: 'i1' }],
      }),
    [
      `rds:RestoreDBInstanceToPointInTime ${db}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'db:restored-i1')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'og:default:postgres-18')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'pg:pg18')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'subgrp:private')}`,
      `rds:AddTagsToResource ${inAccount('rds', 'db:restored-i1')}`,
    ],
  ],
  [
    'RestoreDBInstanceToPointInTime asks for the default groups when none is named',
    (config) =>
      new RDS(config).restoreDBInstanceToPointInTime({
        SourceDBInstanceIdentifier: 'production',
        TargetDBInstanceIdentifier: 'r',
      }),
    [
      `rds:RestoreDBInstanceToPointInTime ${db}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'db:r')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'og:default:postgres-18')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'pg:default.postgres18')}`,
      `rds:RestoreDBInstanceToPointInTime ${inAccount('rds', 'subgrp:default')}`,
    ],
  ],
];

describe('the permissions that a call of RDS needs', () => {
  it.each(cases)('%s', async (_name, send, asks) => {
    expect(await rig.asked(send)).toEqual(asks);
  });
});
