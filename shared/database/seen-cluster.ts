import type { DBCluster } from '@aws-sdk/client-rds';
import { securityGroupIds } from './instance-settings.ts';
import type { RdsInstance } from './rds.ts';
import type { RdsCluster } from './rds-clusters.ts';
import { readinessOf } from './readiness.ts';
import type { RestorableDatabase } from './restorable-database.ts';

/** A cluster as the rules of a recovery see it. Clients use its endpoint, which leads to the writer. */
export function seenCluster({ cluster, members }: RdsCluster): RestorableDatabase {
  const { Endpoint: host, Port: port, VpcSecurityGroups = [] } = cluster;
  return {
    identifier: cluster.DBClusterIdentifier ?? '',
    resourceId: cluster.DbClusterResourceId ?? '',
    arn: cluster.DBClusterArn ?? '',
    status: statusOf(cluster, members),
    endpoint: host === undefined ? null : { host, port: port ?? null },
    engineVersion: cluster.EngineVersion ?? '',
    securityGroupIds: securityGroupIds(cluster),
    securityGroupsSettled: VpcSecurityGroups.every(({ Status }) => Status === 'active'),
    renamePending: cluster.PendingModifiedValues?.DBClusterIdentifier !== undefined,
    iamAuthentication: cluster.IAMDatabaseAuthenticationEnabled ?? false,
    deletionProtection: cluster.DeletionProtection ?? false,
    backupRetentionDays: cluster.BackupRetentionPeriod,
    latestRestorableTime: cluster.LatestRestorableTime?.toISOString() ?? null,
    storageGibibytes: null,
    tags: Object.fromEntries((cluster.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    // Its readers are members of it, to which it fails over by itself.
    followers: [],
    multiAz: false,
    availabilityZone: '',
  };
}

/**
 * That of the cluster while it is not ready, then that of its writer, then that of a reader which RDS works on. A reader that has failed
 * keeps nobody from the writer: of a copy it is found when the copy is configured.
 */
function statusOf({ Status = 'unknown' }: DBCluster, [writer, ...readers]: readonly RdsInstance[]): string {
  const status = ({ DBInstanceStatus }: RdsInstance) => DBInstanceStatus ?? 'unknown';
  const first = [Status, ...(writer === undefined ? [] : [status(writer)])].find(
    (candidate) => readinessOf(candidate) !== 'ready',
  );
  return first ?? readers.map(status).find((candidate) => readinessOf(candidate) === 'pending') ?? Status;
}
