import { securityGroupIds } from './instance-settings.ts';
import type { RdsInstance } from './rds.ts';
import type { RestorableDatabase } from './restorable-database.ts';

/** Whether an instance is a replica of another; RDS names the source by identifier, or by ARN where that is in another region. */
export function isReplicaOf(replica: RdsInstance, source: RdsInstance): boolean {
  const { ReadReplicaSourceDBInstanceIdentifier: followed } = replica;
  return followed !== undefined && [source.DBInstanceIdentifier, source.DBInstanceArn].includes(followed);
}

/** An instance as the rules of a recovery see it. */
export function seenInstance(instance: RdsInstance): RestorableDatabase {
  const { Endpoint, VpcSecurityGroups = [], PendingModifiedValues } = instance;
  const { ReadReplicaSourceDBInstanceIdentifier: follows } = instance;
  return {
    identifier: instance.DBInstanceIdentifier ?? '',
    resourceId: instance.DbiResourceId ?? '',
    arn: instance.DBInstanceArn ?? '',
    status: instance.DBInstanceStatus ?? 'unknown',
    endpoint:
      Endpoint?.Address === undefined ? null : { host: Endpoint.Address, port: Endpoint.Port ?? null },
    engineVersion: instance.EngineVersion ?? '',
    securityGroupIds: securityGroupIds(instance),
    securityGroupsSettled: VpcSecurityGroups.every(({ Status }) => Status === 'active'),
    renamePending: PendingModifiedValues?.DBInstanceIdentifier !== undefined,
    iamAuthentication: instance.IAMDatabaseAuthenticationEnabled ?? false,
    deletionProtection: instance.DeletionProtection ?? false,
    backupRetentionDays: instance.BackupRetentionPeriod,
    latestRestorableTime: instance.LatestRestorableTime?.toISOString() ?? null,
    storageGibibytes: instance.AllocatedStorage ?? null,
    tags: Object.fromEntries((instance.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    ...(follows !== undefined && { follows }),
    followers: instance.ReadReplicaDBInstanceIdentifiers ?? [],
    multiAz: instance.MultiAZ === true,
    availabilityZone: instance.AvailabilityZone ?? '',
  };
}
