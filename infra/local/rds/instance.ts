import type { DBInstance, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { BaseBackup } from './base-backup.ts';
import type { SubnetGroup } from './network.ts';
import type { ParameterGroup } from './parameter-groups.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import type { WalArchive } from './wal-archive.ts';

/** States of an instance, as DescribeDBInstances names them. */
export type InstanceStatus =
  | 'creating'
  | 'backing-up'
  | 'available'
  | 'modifying'
  | 'renaming'
  | 'rebooting'
  | 'starting'
  | 'stopping'
  | 'stopped'
  | 'storage-optimization'
  | TerminalStatus;

/** States that RDS does not leave by itself. */
export const TERMINAL_STATUSES = [
  'failed',
  'incompatible-network',
  'incompatible-parameters',
  'incompatible-restore',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'insufficient-capacity',
  'restore-error',
  'storage-full',
] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** What RDS keeps of an instance and only repeats; named as in the API. */
export type InstanceAttributes = Pick<
  DBInstance,
  | 'AllocatedStorage'
  | 'AutoMinorVersionUpgrade'
  | 'AvailabilityZone'
  | 'BackupTarget'
  | 'CACertificateIdentifier'
  | 'CopyTagsToSnapshot'
  | 'DatabaseInsightsMode'
  | 'DBInstanceClass'
  | 'DBName'
  | 'DedicatedLogVolume'
  | 'DeletionProtection'
  | 'EnabledCloudwatchLogsExports'
  | 'EngineLifecycleSupport'
  | 'EngineVersion'
  | 'Iops'
  | 'KmsKeyId'
  | 'LicenseModel'
  | 'MasterUsername'
  | 'MaxAllocatedStorage'
  | 'MonitoringInterval'
  | 'MonitoringRoleArn'
  | 'MultiAZ'
  | 'NetworkType'
  | 'PerformanceInsightsEnabled'
  | 'PerformanceInsightsKMSKeyId'
  | 'PerformanceInsightsRetentionPeriod'
  | 'PreferredBackupWindow'
  | 'PreferredMaintenanceWindow'
  | 'PubliclyAccessible'
  | 'SecondaryAvailabilityZone'
  | 'StorageEncrypted'
  | 'StorageThroughput'
  | 'StorageType'
>;

/** A DB instance: what RDS knows about it, and the cluster behind it. */
export interface DbInstance {
  /** Changes when the instance is renamed. */
  identifier: string;
  /** Never changes; IAM policies for database sign-in name it. */
  readonly resourceId: string;
  arn: string;
  createdAt: Date;
  status: InstanceStatus;
  attributes: InstanceAttributes;
  backupRetentionDays: number;
  iamAuthentication: boolean;
  securityGroupIds: readonly string[];
  subnetGroup: SubnetGroup;
  /** The group that the instance is associated with. */
  parameterGroup: ParameterGroup;
  /** The group that the cluster runs with: the associated one, from the next restart on. */
  activeParameterGroup: ParameterGroup;
  tags: Map<string, string>;
  /** The class in which it is too small for its work; for drills. */
  saturatedClass?: string;
  pending: PendingModifiedValues;
  readonly cluster: PostgresCluster;
  readonly archive: WalArchive;
  readonly backups: BaseBackup[];
  readonly directory: string;
  readonly adminPassword: string;
  /** The instance that this one follows, whatever that is called by now; absent when it stands alone. */
  replicaOf?: DbInstance | undefined;
  /** How the last look found the replication; absent when it follows nobody. */
  replicationStatus?: 'connecting' | 'replicating' | undefined;
}

/** What a new instance has where nobody says otherwise; a restored one does not take these from its source. */
export const DEFAULT_ATTRIBUTES: InstanceAttributes = {
  AutoMinorVersionUpgrade: true,
  BackupTarget: 'region',
  CACertificateIdentifier: 'rds-ca-rsa2048-g1',
  CopyTagsToSnapshot: false,
  DatabaseInsightsMode: 'standard',
  DedicatedLogVolume: false,
  DeletionProtection: false,
  EngineLifecycleSupport: 'open-source-rds-extended-support',
  LicenseModel: 'postgresql-license',
  MonitoringInterval: 0,
  MultiAZ: false,
  NetworkType: 'IPV4',
  PerformanceInsightsEnabled: false,
  PreferredBackupWindow: '03:00-03:30',
  PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
  PubliclyAccessible: false,
  StorageType: 'gp3',
};

/** A server certificate is made with its instance, for a year. */
const SERVER_CERTIFICATE_MILLIS = 365 * 24 * 3_600_000;

/** What RDS shows of features that no instance here uses. */
const NOT_IN_USE: Partial<DBInstance> = {
  ActivityStreamStatus: 'stopped',
  AssociatedRoles: [],
  CustomerOwnedIpEnabled: false,
  DBSecurityGroups: [],
  DbInstancePort: 0,
  DomainMemberships: [],
  IsStorageConfigUpgradeAvailable: false,
  MultiTenant: false,
};

/** The zone of the standby of a Multi-AZ instance: where the primary was before, or another one of the region. */
export function standbyZone({
  AvailabilityZone = '',
  SecondaryAvailabilityZone,
}: InstanceAttributes): string {
  return (
    SecondaryAvailabilityZone ??
    `${AvailabilityZone.slice(0, -1)}${AvailabilityZone.endsWith('b') ? 'a' : 'b'}`
  );
}

/** An instance as DescribeDBInstances shows it. */
export function describeInstance(
  instance: DbInstance,
  endpoint: { address: string; port: number } | undefined,
  replicas: readonly DbInstance[],
): DBInstance {
  const { attributes, subnetGroup, archive, replicaOf, replicationStatus } = instance;
  const restorable = instance.backupRetentionDays > 0 && instance.backups.length > 0;
  return {
    ...attributes,
    ...(attributes.MultiAZ && { SecondaryAvailabilityZone: standbyZone(attributes) }),
    DBInstanceIdentifier: instance.identifier,
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.resourceId,
    DBInstanceStatus: instance.status,
    Engine: 'postgres',
    ...(endpoint && {
      Endpoint: { Address: endpoint.address, Port: endpoint.port, HostedZoneId: 'ZLOCALHOST' },
    }),
    InstanceCreateTime: instance.createdAt,
    CertificateDetails: {
      CAIdentifier: attributes.CACertificateIdentifier,
      ValidTill: new Date(instance.createdAt.getTime() + SERVER_CERTIFICATE_MILLIS),
    },
    BackupRetentionPeriod: instance.backupRetentionDays,
    IAMDatabaseAuthenticationEnabled: instance.iamAuthentication,
    ...(restorable && archive.coveredUntil && { LatestRestorableTime: new Date(archive.coveredUntil) }),
    ...NOT_IN_USE,
    VpcSecurityGroups: instance.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [
      {
        DBParameterGroupName: instance.parameterGroup.name,
        ParameterApplyStatus:
          instance.parameterGroup === instance.activeParameterGroup ? 'in-sync' : 'pending-reboot',
      },
    ],
    DBSubnetGroup: {
      DBSubnetGroupName: subnetGroup.name,
      DBSubnetGroupDescription: subnetGroup.name,
      VpcId: subnetGroup.vpcId,
      SubnetGroupStatus: 'Complete',
      Subnets: [],
    },
    OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-18', Status: 'in-sync' }],
    PendingModifiedValues: instance.pending,
    ReadReplicaDBInstanceIdentifiers: replicas.map(({ identifier }) => identifier),
    ...(replicaOf && {
      ReadReplicaSourceDBInstanceIdentifier: replicaOf.identifier,
      StatusInfos: [
        {
          StatusType: 'read replication',
          Status: replicationStatus ?? 'connecting',
          Normal: replicationStatus === 'replicating',
        },
      ],
    }),
    TagList: [...instance.tags].map(([Key, Value]) => ({ Key, Value })),
  };
}
