import type { DBCluster } from '@aws-sdk/client-rds';
import { given, missingLogs, nonEmpty, securityGroupIds, wanted } from './instance-settings.ts';
import type { ModifyRequest, RdsInstance } from './rds.ts';
import type { ClusterModifyRequest, ClusterRestoreRequest, MemberRequest } from './rds-clusters.ts';

/** What RDS must be told so that a restored cluster is set up as its source is. */
export function carriedClusterSettings(source: DBCluster): Partial<ClusterRestoreRequest> {
  return given({
    VpcSecurityGroupIds: nonEmpty(securityGroupIds(source)),
    DBSubnetGroupName: source.DBSubnetGroup,
    DBClusterParameterGroupName: source.DBClusterParameterGroup,
    Port: source.Port,
    NetworkType: source.NetworkType,
    EnableIAMDatabaseAuthentication: source.IAMDatabaseAuthenticationEnabled,
    DeletionProtection: source.DeletionProtection,
    CopyTagsToSnapshot: source.CopyTagsToSnapshot,
    EnableCloudwatchLogsExports: nonEmpty(source.EnabledCloudwatchLogsExports),
    BackupRetentionPeriod: source.BackupRetentionPeriod,
    PreferredBackupWindow: source.PreferredBackupWindow,
    EngineLifecycleSupport: source.EngineLifecycleSupport,
    // Named for I/O-optimised storage only: without it RDS takes the standard one, and shows no type for that.
    StorageType: source.StorageType,
    ServerlessV2ScalingConfiguration: scaling(source),
  });
}

/** Settings of a cluster that a restore takes and RDS may still have set otherwise, and those that it does not take at all. */
const COMPARED = [
  'BackupRetentionPeriod',
  'CopyTagsToSnapshot',
  'DatabaseInsightsMode',
  'DeletionProtection',
  'NetworkType',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
] as const satisfies readonly (keyof DBCluster & keyof ClusterModifyRequest)[];

/** The changes that make a restored cluster like its source, by name; empty when it is. Its members are apart. */
export function missingClusterSettings(source: DBCluster, copy: DBCluster): Partial<ClusterModifyRequest> {
  const differing = COMPARED.filter((name) => source[name] !== undefined && source[name] !== copy[name]);
  return {
    ...Object.fromEntries(differing.map((name) => [name, source[name]])),
    ...given({
      EnableIAMDatabaseAuthentication: wanted(
        source.IAMDatabaseAuthenticationEnabled,
        copy.IAMDatabaseAuthenticationEnabled,
      ),
      DBClusterParameterGroupName: wanted(source.DBClusterParameterGroup, copy.DBClusterParameterGroup),
      VpcSecurityGroupIds: wanted(securityGroupIds(source), securityGroupIds(copy)),
      CloudwatchLogsExportConfiguration: missingLogs(source, copy),
      ServerlessV2ScalingConfiguration: wanted(scaling(source), scaling(copy)),
    }),
  };
}

/** Settings that each member has of its own and that may be changed afterwards. */
const COMPARED_OF_MEMBERS = [
  'AutoMinorVersionUpgrade',
  'CACertificateIdentifier',
  'DBInstanceClass',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'PreferredMaintenanceWindow',
  'PubliclyAccessible',
] as const satisfies readonly (keyof RdsInstance & keyof ModifyRequest)[];

/** What a new member must be told so that it is set up as the member that it stands for. */
export function memberRequest(like: RdsInstance, identifier: string, cluster: DBCluster): MemberRequest {
  return {
    DBInstanceIdentifier: identifier,
    DBClusterIdentifier: cluster.DBClusterIdentifier,
    DBInstanceClass: like.DBInstanceClass,
    Engine: cluster.Engine,
    ...given({
      ...Object.fromEntries(COMPARED_OF_MEMBERS.map((name) => [name, like[name]])),
      DBParameterGroupName: like.DBParameterGroups?.[0]?.DBParameterGroupName,
      PromotionTier: like.PromotionTier,
      ...(like.PerformanceInsightsEnabled === true && {
        EnablePerformanceInsights: true,
        PerformanceInsightsKMSKeyId: like.PerformanceInsightsKMSKeyId,
        PerformanceInsightsRetentionPeriod: like.PerformanceInsightsRetentionPeriod,
      }),
      Tags: nonEmpty((cluster.TagList ?? []).filter(({ Key = '' }) => !/^aws:/.test(Key))),
    }),
  };
}

/** The changes that make a member like the one that it stands for; empty when it is. */
export function missingMemberSettings(like: RdsInstance, member: RdsInstance): Partial<ModifyRequest> {
  const differing = COMPARED_OF_MEMBERS.filter(
    (name) => like[name] !== undefined && like[name] !== member[name],
  );
  return {
    ...Object.fromEntries(differing.map((name) => [name, like[name]])),
    ...given({
      DBParameterGroupName: wanted(
        like.DBParameterGroups?.[0]?.DBParameterGroupName,
        member.DBParameterGroups?.[0]?.DBParameterGroupName,
      ),
    }),
  };
}

function scaling({ ServerlessV2ScalingConfiguration: configuration }: DBCluster) {
  if (configuration === undefined) return undefined;
  const { MinCapacity, MaxCapacity, SecondsUntilAutoPause } = configuration;
  return given({ MinCapacity, MaxCapacity, SecondsUntilAutoPause });
}
