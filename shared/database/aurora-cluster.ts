import { type ClusterChanges, nextClusterMove } from './cluster-configuration.ts';
import { CLUSTER_RULES } from './cluster-difference-rules.ts';
import { takeClusterPictures } from './cluster-pictures.ts';
import { carriedClusterSettings, memberRequest } from './cluster-settings.ts';
import { withSecurityGroups } from './instance-settings.ts';
import { addTags, modifyInstance, recentLogLines, restartInstance } from './rds.ts';
import { describeQuotas, type RdsQuota } from './rds-account.ts';
import {
  createMember,
  findCluster,
  findClusterByResourceId,
  getCluster,
  modifyCluster,
  type RdsCluster,
  restoreCluster,
  startCluster,
} from './rds-clusters.ts';
import type {
  DatabaseService,
  PlannedMove,
  RestorableDatabase,
  RestoreNeeds,
  RestoreOrder,
  RestoreWindow,
  UsedSetting,
} from './restorable-database.ts';
import { seenCluster } from './seen-cluster.ts';

/**
 * Aurora PostgreSQL: a database is one cluster. Its name, endpoint, groups, backups and settings are what is restored, fenced and
 * swapped; its members are machines that a copy gets anew.
 */
export const auroraClusters: DatabaseService = {
  find: async (identifier) => seenIfAny(await findCluster(identifier)),
  findByResourceId: async (resourceId) => seenIfAny(await findClusterByResourceId(resourceId)),
  restoreWindow,
  restoreNeeds,
  startRestore,
  nextMove,
  pictures: async (source, copyIdentifier) => ({
    ...(await takeClusterPictures(source, copyIdentifier)),
    rules: CLUSTER_RULES,
  }),
  move: (identifier, groups) =>
    modifyCluster({ DBClusterIdentifier: identifier, VpcSecurityGroupIds: [...groups] }),
  rename: (identifier, newIdentifier) =>
    modifyCluster({ DBClusterIdentifier: identifier, NewDBClusterIdentifier: newIdentifier }),
  protect: (identifier) => modifyCluster({ DBClusterIdentifier: identifier, DeletionProtection: true }),
  start: startCluster,
  addTags: ({ arn }, tags) => addTags(arn, tags),
  wholeDescription: getCluster,
  recentLogLines: async (identifier, lineCount) => {
    const { members } = await getCluster(identifier);
    const [writer] = members;
    return writer === undefined ? [] : recentLogLines(writer.DBInstanceIdentifier ?? '', lineCount);
  },
};

function seenIfAny(found: RdsCluster | undefined): RestorableDatabase | undefined {
  return found && seenCluster(found);
}

/** A cluster says both ends itself. */
async function restoreWindow({ identifier }: RestorableDatabase): Promise<RestoreWindow | undefined> {
  const { cluster } = await getCluster(identifier);
  const [earliest, latest] = [cluster.EarliestRestorableTime, cluster.LatestRestorableTime];
  if (earliest === undefined && latest === undefined) return undefined;
  return { earliest: earliest?.toISOString() ?? null, latest: latest?.toISOString() ?? null };
}

async function restoreNeeds({ identifier }: RestorableDatabase): Promise<RestoreNeeds> {
  const [source, quotas] = await Promise.all([getCluster(identifier), describeQuotas()]);
  const told = (name: RdsQuota['name']) => quotas.find((quota) => quota.name === name);
  return {
    quotas: [
      { subject: 'cluster-quota', needed: 1, unit: 'cluster', told: told('DBClusters') },
      {
        subject: 'instance-quota',
        needed: source.members.length,
        unit: source.members.length === 1 ? 'instance' : 'instances',
        told: told('DBInstances'),
      },
    ],
    settings: usedClusterSettings(source),
  };
}

/** The groups, the roles and the key that a cluster and its members use, each once. */
function usedClusterSettings({ cluster, members }: RdsCluster): UsedSetting[] {
  const used: readonly (readonly [UsedSetting['what'], string | undefined])[] = [
    ['subnet group', cluster.DBSubnetGroup],
    ['cluster parameter group', cluster.DBClusterParameterGroup],
    ...members.map(
      ({ DBParameterGroups }) => ['parameter group', DBParameterGroups?.[0]?.DBParameterGroupName] as const,
    ),
    ...members.map(({ MonitoringRoleArn }) => ['monitoring role', MonitoringRoleArn] as const),
    ['storage key', cluster.KmsKeyId],
  ];
  const seen = new Set<string>();
  return used.flatMap(([what, name]) => {
    if (name === undefined || seen.has(`${what} ${name}`)) return [];
    seen.add(`${what} ${name}`);
    return [{ what, name }];
  });
}

/** A full copy: a clone shares the volume of its source and cannot go back to a point. */
async function startRestore({ source, identifier, restoreTime, tags }: RestoreOrder): Promise<void> {
  const { cluster } = await asToldOf(source);
  await restoreCluster({
    ...carriedClusterSettings(cluster),
    SourceDBClusterIdentifier: source.identifier,
    DBClusterIdentifier: identifier,
    RestoreType: 'full-copy',
    RestoreToTime: new Date(restoreTime),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
}

/** The source with every setting, in the groups that the procedure says it has. */
async function asToldOf({ identifier, securityGroupIds }: RestorableDatabase): Promise<RdsCluster> {
  const found = await getCluster(identifier);
  return { ...found, cluster: withSecurityGroups(found.cluster, securityGroupIds) };
}

async function nextMove(source: RestorableDatabase, identifier: string): Promise<PlannedMove> {
  const copy = await getCluster(identifier);
  const move = nextClusterMove(await asToldOf(source), copy);
  return {
    move,
    carryOut: async () => {
      if (move.kind === 'modify') await change(copy, move.changes);
      if (move.kind === 'restart') for (const member of move.members) await restartInstance(member);
    },
  };
}

async function change({ cluster }: RdsCluster, changes: ClusterChanges): Promise<void> {
  for (const { identifier, like } of changes.members)
    await createMember(memberRequest(like, identifier, cluster));
  if (Object.keys(changes.settings).length > 0)
    await modifyCluster({ ...changes.settings, DBClusterIdentifier: cluster.DBClusterIdentifier });
  for (const { identifier, settings } of changes.memberSettings)
    await modifyInstance({ ...settings, DBInstanceIdentifier: identifier });
}
