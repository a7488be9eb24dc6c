import { carriedSettings, securityGroupIds, withSecurityGroups } from './instance-settings.ts';
import {
  addTags,
  describeRestoreWindow,
  findInstance,
  findInstanceByResourceId,
  getInstance,
  modifyInstance,
  type RdsInstance,
  recentLogLines,
  startInstance,
  startRestore,
} from './rds.ts';
import { describeQuotas, type RdsQuota } from './rds-account.ts';
import type {
  DatabaseService,
  RestorableDatabase,
  RestoreNeeds,
  RestoreOrder,
  RestoreWindow,
  UsedSetting,
} from './restorable-database.ts';

/** RDS for PostgreSQL: a database is one DB instance. */
export const rdsInstances: DatabaseService = {
  find: async (identifier) => seenIfAny(await findInstance(identifier)),
  findByResourceId: async (resourceId) => seenIfAny(await findInstanceByResourceId(resourceId)),
  restoreWindow,
  restoreNeeds,
  startRestore: async (order) => {
    await startRestore(restoreRequest(await getInstance(order.source.identifier), order));
  },
  move: (identifier, groups) =>
    modifyInstance({ DBInstanceIdentifier: identifier, VpcSecurityGroupIds: [...groups] }),
  rename: (identifier, newIdentifier) =>
    modifyInstance({ DBInstanceIdentifier: identifier, NewDBInstanceIdentifier: newIdentifier }),
  protect: (identifier) => modifyInstance({ DBInstanceIdentifier: identifier, DeletionProtection: true }),
  start: startInstance,
  addTags: ({ arn }, tags) => addTags(arn, tags),
  wholeDescription: getInstance,
  recentLogLines,
};

/** An instance as the rules of a recovery see it. */
export function seenInstance(instance: RdsInstance): RestorableDatabase {
  const { Endpoint, VpcSecurityGroups = [], PendingModifiedValues } = instance;
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
  };
}

function seenIfAny(instance: RdsInstance | undefined): RestorableDatabase | undefined {
  return instance && seenInstance(instance);
}

/** How early stands only in the description of the automated backups; how late in that of the instance too. */
async function restoreWindow(database: RestorableDatabase): Promise<RestoreWindow | undefined> {
  const window = await describeRestoreWindow(database.resourceId);
  return (
    window && {
      earliest: window.EarliestTime?.toISOString() ?? null,
      latest: database.latestRestorableTime ?? window.LatestTime?.toISOString() ?? null,
    }
  );
}

async function restoreNeeds({ identifier }: RestorableDatabase): Promise<RestoreNeeds> {
  const [source, quotas] = await Promise.all([getInstance(identifier), describeQuotas()]);
  const told = (name: RdsQuota['name']) => quotas.find((quota) => quota.name === name);
  return {
    quotas: [
      { subject: 'instance-quota', needed: 1, unit: 'instance', told: told('DBInstances') },
      {
        subject: 'storage-quota',
        needed: source.AllocatedStorage ?? 0,
        unit: 'GiB of storage',
        told: told('AllocatedStorage'),
      },
    ],
    settings: usedSettings(source),
  };
}

/** The groups, the role and the key that an instance uses. */
export function usedSettings(source: RdsInstance): UsedSetting[] {
  const used: readonly (readonly [UsedSetting['what'], string | undefined])[] = [
    ['subnet group', source.DBSubnetGroup?.DBSubnetGroupName],
    ['parameter group', source.DBParameterGroups?.[0]?.DBParameterGroupName],
    ['option group', source.OptionGroupMemberships?.[0]?.OptionGroupName],
    ['monitoring role', source.MonitoringRoleArn],
    ['storage key', source.KmsKeyId],
  ];
  return used.flatMap(([what, name]) => (name === undefined ? [] : [{ what, name }]));
}

function restoreRequest(source: RdsInstance, order: RestoreOrder) {
  return {
    ...carriedSettings(withSecurityGroups(source, order.source.securityGroupIds)),
    SourceDBInstanceIdentifier: order.source.identifier,
    TargetDBInstanceIdentifier: order.identifier,
    RestoreTime: new Date(order.restoreTime),
    Tags: Object.entries(order.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
