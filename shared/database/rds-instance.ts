import { INSTANCE_RULES } from './difference-rules.ts';
import { nextInstanceMove } from './instance-configuration.ts';
import { takePictures } from './instance-pictures.ts';
import { carriedSettings, withSecurityGroups } from './instance-settings.ts';
import {
  addTags,
  describeRestoreWindow,
  findInstance,
  findInstanceByResourceId,
  getInstance,
  modifyInstance,
  type RdsInstance,
  recentLogLines,
  restartInstance,
  startInstance,
  startRestore,
} from './rds.ts';
import { describeQuotas, type RdsQuota } from './rds-account.ts';
import type {
  DatabaseService,
  PlannedMove,
  RestorableDatabase,
  RestoreNeeds,
  RestoreOrder,
  RestoreWindow,
  UsedSetting,
} from './restorable-database.ts';
import { seenInstance } from './seen-instance.ts';

/** RDS for PostgreSQL: a database is one DB instance. */
export const rdsInstances: DatabaseService = {
  find: async (identifier) => seenIfAny(await findInstance(identifier)),
  findByResourceId: async (resourceId) => seenIfAny(await findInstanceByResourceId(resourceId)),
  restoreWindow,
  restoreNeeds,
  startRestore: async (order) => {
    await startRestore(restoreRequest(await asToldOf(order.source), order));
  },
  nextMove,
  pictures: async (source, copyIdentifier) => ({
    ...(await takePictures(source, copyIdentifier)),
    rules: INSTANCE_RULES,
  }),
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

/** The source with every setting, in the groups that the procedure says it has. */
async function asToldOf({ identifier, securityGroupIds }: RestorableDatabase): Promise<RdsInstance> {
  return withSecurityGroups(await getInstance(identifier), securityGroupIds);
}

async function nextMove(source: RestorableDatabase, identifier: string): Promise<PlannedMove> {
  const move = nextInstanceMove(await asToldOf(source), await getInstance(identifier));
  return {
    move,
    carryOut: async () => {
      if (move.kind === 'modify')
        await modifyInstance({ ...move.settings, DBInstanceIdentifier: identifier });
      if (move.kind === 'restart') await restartInstance(identifier);
    },
  };
}

function restoreRequest(source: RdsInstance, order: RestoreOrder) {
  return {
    ...carriedSettings(source),
    SourceDBInstanceIdentifier: order.source.identifier,
    TargetDBInstanceIdentifier: order.identifier,
    RestoreTime: new Date(order.restoreTime),
    Tags: Object.entries(order.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
