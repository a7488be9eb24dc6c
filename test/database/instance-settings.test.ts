import { describe, expect, it } from 'vitest';
import {
  carriedSettings,
  missingSettings,
  securityGroupIds,
} from '../../shared/database/instance-settings.ts';
import type { RdsInstance } from '../../shared/database/rds.ts';

const source: RdsInstance = {
  DBInstanceClass: 'db.m7g.large',
  VpcSecurityGroups: [
    { VpcSecurityGroupId: 'sg-b', Status: 'active' },
    { VpcSecurityGroupId: 'sg-a', Status: 'active' },
  ],
  DBSubnetGroup: { DBSubnetGroupName: 'platform-database' },
  DBParameterGroups: [{ DBParameterGroupName: 'platform' }],
  OptionGroupMemberships: [{ OptionGroupName: 'platform-options' }],
  Endpoint: { Address: 'orders.example', Port: 6432 },
  AvailabilityZone: 'eu-central-1a',
  MultiAZ: true,
  StorageType: 'gp3',
  AllocatedStorage: 500,
  MaxAllocatedStorage: 1000,
  Iops: 12_000,
  StorageThroughput: 500,
  DedicatedLogVolume: false,
  DeletionProtection: true,
  IAMDatabaseAuthenticationEnabled: true,
  CopyTagsToSnapshot: true,
  EnabledCloudwatchLogsExports: ['postgresql'],
  AutoMinorVersionUpgrade: false,
  BackupRetentionPeriod: 14,
  PreferredBackupWindow: '02:00-02:30',
  PreferredMaintenanceWindow: 'sat:03:00-sat:03:30',
  BackupTarget: 'region',
  CACertificateIdentifier: 'rds-ca-ecc384-g1',
  EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
  NetworkType: 'IPV4',
  PubliclyAccessible: false,
  LicenseModel: 'postgresql-license',
  MonitoringInterval: 15,
  MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring',
  PerformanceInsightsEnabled: true,
  PerformanceInsightsRetentionPeriod: 31,
  DatabaseInsightsMode: 'standard',
};

describe('a restore', () => {
  it('is told every setting that RDS would make a default of', () => {
    expect(carriedSettings(source)).toEqual({
      VpcSecurityGroupIds: ['sg-a', 'sg-b'],
      DBSubnetGroupName: 'platform-database',
      DBParameterGroupName: 'platform',
      OptionGroupName: 'platform-options',
      Port: 6432,
      DBInstanceClass: 'db.m7g.large',
      LicenseModel: 'postgresql-license',
      MultiAZ: true,
      StorageType: 'gp3',
      AllocatedStorage: 500,
      MaxAllocatedStorage: 1000,
      Iops: 12_000,
      StorageThroughput: 500,
      DedicatedLogVolume: false,
      DeletionProtection: true,
      EnableIAMDatabaseAuthentication: true,
      CopyTagsToSnapshot: true,
      EnableCloudwatchLogsExports: ['postgresql'],
      AutoMinorVersionUpgrade: false,
      BackupRetentionPeriod: 14,
      PreferredBackupWindow: '02:00-02:30',
      BackupTarget: 'region',
      CACertificateIdentifier: 'rds-ca-ecc384-g1',
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      NetworkType: 'IPV4',
      PubliclyAccessible: false,
    });
  });

  it.each([
    ['gp3', 399, {}],
    ['gp3', 400, { Iops: 12_000, StorageThroughput: 500 }],
    ['gp2', 500, {}],
    ['io1', 200, { Iops: 12_000 }],
    ['io2', 200, { Iops: 12_000 }],
  ])(
    'of %s storage of %i GiB names the performance that RDS lets be chosen',
    (StorageType, size, expected) => {
      const { Iops, StorageThroughput } = carriedSettings({ ...source, StorageType, AllocatedStorage: size });
      expect(JSON.parse(JSON.stringify({ Iops, StorageThroughput }))).toEqual(expected);
    },
  );
});

describe('the second modification', () => {
  it('is empty for a copy that is like its source', () => {
    expect(missingSettings(source, source)).toEqual({});
  });

  it('sets what a restore does not take', () => {
    const copy: RdsInstance = {
      ...source,
      MonitoringInterval: 0,
      MonitoringRoleArn: undefined,
      PerformanceInsightsEnabled: false,
      PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
    };
    expect(missingSettings(source, copy)).toEqual({
      MonitoringInterval: 15,
      MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring',
      EnablePerformanceInsights: true,
      PerformanceInsightsRetentionPeriod: 31,
      PreferredMaintenanceWindow: 'sat:03:00-sat:03:30',
    });
  });

  it.each([
    ['CACertificateIdentifier', { CACertificateIdentifier: 'rds-ca-rsa2048-g1' }, 'rds-ca-ecc384-g1'],
    ['DeletionProtection', { DeletionProtection: false }, true],
    ['MultiAZ', { MultiAZ: false }, true],
    ['BackupRetentionPeriod', { BackupRetentionPeriod: 1 }, 14],
    ['EnableIAMDatabaseAuthentication', { IAMDatabaseAuthenticationEnabled: false }, true],
    ['DBParameterGroupName', { DBParameterGroups: [{ DBParameterGroupName: 'default' }] }, 'platform'],
    [
      'VpcSecurityGroupIds',
      { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-default', Status: 'active' }] },
      ['sg-a', 'sg-b'],
    ],
    [
      'CloudwatchLogsExportConfiguration',
      { EnabledCloudwatchLogsExports: [] },
      { EnableLogTypes: ['postgresql'] },
    ],
  ])('sets %s again where RDS has it otherwise', (name, differing, wanted) => {
    expect(missingSettings(source, { ...source, ...differing })).toEqual({ [name]: wanted });
  });
});

describe('security groups', () => {
  it('on their way out no longer count', () => {
    const VpcSecurityGroups = [
      { VpcSecurityGroupId: 'sg-old', Status: 'removing' },
      { VpcSecurityGroupId: 'sg-new', Status: 'adding' },
    ];
    expect(securityGroupIds({ VpcSecurityGroups })).toEqual(['sg-new']);
  });
});
