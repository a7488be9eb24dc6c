import type { DBCluster, DBInstance, ServerlessV2ScalingConfigurationInfo } from '@aws-sdk/client-rds';
import {
  type DbInstance,
  describeInstance,
  type InstanceAttributes,
  type InstanceStatus,
} from './instance.ts';
import type { ParameterGroup } from './parameter-groups.ts';

export const AURORA_ENGINE = 'aurora-postgresql';

/** A member of an Aurora cluster. It has no data of its own: whoever is the writer serves those of the cluster. */
export interface ClusterMember {
  readonly identifier: string;
  readonly resourceId: string;
  readonly arn: string;
  readonly createdAt: Date;
  status: InstanceStatus;
  attributes: InstanceAttributes;
  readonly promotionTier: number;
  /** The DB parameter group of this member alone, beside that of its cluster. */
  parameterGroup: ParameterGroup;
  activeParameterGroup: ParameterGroup;
  readonly tags: Map<string, string>;
}

/**
 * An Aurora cluster: what RDS keeps of it, and the PostgreSQL cluster that stands for its volume and for its writer. Its parameter
 * group is the cluster parameter group. Nobody can connect while it has no member that works.
 */
export interface DbCluster extends DbInstance {
  /** The first one is the writer. Readers are described, and answer nobody: the laptop has one server a cluster. */
  readonly members: ClusterMember[];
  scaling: ServerlessV2ScalingConfigurationInfo | undefined;
}

/** Whether somebody answers at the endpoint of a cluster. */
export function hasWorkingWriter({ members: [writer] }: DbCluster): boolean {
  return writer?.status === 'available' || writer?.status === 'modifying';
}

/** A cluster as DescribeDBClusters shows it. */
export function describeCluster(
  cluster: DbCluster,
  endpoint: { address: string; port: number } | undefined,
): DBCluster {
  const { attributes, backups, archive, members } = cluster;
  const [earliest, latest] = [backups[0]?.consistentFrom, archive.coveredUntil];
  const groupStatus = cluster.parameterGroup === cluster.activeParameterGroup ? 'in-sync' : 'pending-reboot';
  return {
    ...whatBothHave(attributes),
    AllocatedStorage: 1,
    AvailabilityZones: ['a', 'b', 'c'].map(
      (zone) => `${(attributes.AvailabilityZone ?? '').slice(0, -1)}${zone}`,
    ),
    BackupRetentionPeriod: cluster.backupRetentionDays,
    DatabaseName: attributes.DBName,
    DBClusterIdentifier: cluster.identifier,
    DBClusterArn: cluster.arn,
    DbClusterResourceId: cluster.resourceId,
    DBClusterParameterGroup: cluster.parameterGroup.name,
    DBSubnetGroup: cluster.subnetGroup.name,
    Status: cluster.status,
    ...(earliest &&
      latest && { EarliestRestorableTime: new Date(earliest), LatestRestorableTime: new Date(latest) }),
    ...(endpoint && {
      Endpoint: endpoint.address,
      ReaderEndpoint: endpoint.address.replace('.cluster-', '.cluster-ro-'),
      Port: endpoint.port,
      HostedZoneId: 'ZLOCALHOST',
    }),
    MultiAZ: members.length > 1,
    Engine: AURORA_ENGINE,
    EngineMode: 'provisioned',
    DBClusterMembers: members.map(({ identifier, promotionTier }, index) => ({
      DBInstanceIdentifier: identifier,
      IsClusterWriter: index === 0,
      DBClusterParameterGroupStatus: groupStatus,
      PromotionTier: promotionTier,
    })),
    VpcSecurityGroups: cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    AssociatedRoles: [],
    IAMDatabaseAuthenticationEnabled: cluster.iamAuthentication,
    ClusterCreateTime: cluster.createdAt,
    EnabledCloudwatchLogsExports: attributes.EnabledCloudwatchLogsExports,
    DeletionProtection: attributes.DeletionProtection,
    StorageType: attributes.StorageType,
    ServerlessV2ScalingConfiguration: cluster.scaling,
    ActivityStreamStatus: 'stopped',
    CrossAccountClone: false,
    HttpEndpointEnabled: false,
    TagList: tagList(cluster.tags),
  };
}

/** A member as DescribeDBInstances shows it, with what it has of its cluster. */
export function describeMember(
  cluster: DbCluster,
  member: ClusterMember,
  endpoint: { address: string; port: number } | undefined,
): DBInstance {
  const {
    LatestRestorableTime: _of,
    ReadReplicaDBInstanceIdentifiers: _none,
    ...shown
  } = describeInstance({ ...cluster, ...member, replicaOf: undefined }, endpoint, []);
  return {
    ...shown,
    ...whatBothHave(cluster.attributes),
    AllocatedStorage: 1,
    Engine: AURORA_ENGINE,
    StorageType: cluster.attributes.StorageType ?? 'aurora',
    DBClusterIdentifier: cluster.identifier,
    PromotionTier: member.promotionTier,
    AutoMinorVersionUpgrade: member.attributes.AutoMinorVersionUpgrade,
    PreferredMaintenanceWindow: member.attributes.PreferredMaintenanceWindow,
    OptionGroupMemberships: [{ OptionGroupName: 'default:aurora-postgresql-18', Status: 'in-sync' }],
    TagList: tagList(member.tags),
  };
}

function whatBothHave(attributes: InstanceAttributes) {
  const { EngineVersion, MasterUsername, PreferredBackupWindow, PreferredMaintenanceWindow } = attributes;
  const { StorageEncrypted, KmsKeyId, NetworkType, EngineLifecycleSupport } = attributes;
  const { CopyTagsToSnapshot, AutoMinorVersionUpgrade } = attributes;
  return {
    EngineVersion,
    MasterUsername,
    PreferredBackupWindow,
    PreferredMaintenanceWindow,
    StorageEncrypted,
    KmsKeyId,
    NetworkType,
    EngineLifecycleSupport,
    CopyTagsToSnapshot,
    AutoMinorVersionUpgrade,
  };
}

function tagList(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
