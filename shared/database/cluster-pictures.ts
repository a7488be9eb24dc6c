import { watchedDimensions } from './cloudwatch-alarms.ts';
import { roleAt } from './cluster-configuration.ts';
import { DatabaseInstanceBusy } from './errors.ts';
import { alarmsOn } from './instance-pictures.ts';
import { securityGroupIds, withSecurityGroups } from './instance-settings.ts';
import { clusterParametersOf, describeWholeCluster, getCluster, type RdsCluster } from './rds-clusters.ts';
import { describeWholeInstance, proxyTargets, tagsOfResource } from './rds-picture.ts';
import { isReady } from './readiness.ts';
import type { PicturedDatabase, RestorableDatabase } from './restorable-database.ts';
import { seenCluster } from './seen-cluster.ts';

/** Everything that belongs to a cluster and that AWS can be asked for. */
interface ClusterPicture {
  /** The whole answer of DescribeDBClusters but its tags and the names of its members. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** The whole answers of DescribeDBInstances but their tags, by role. */
  readonly members: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Values of the cluster parameter group by name; empty where both clusters have the same group. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Proxies that lead to it. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Alarms that watch the cluster. */
  readonly alarms: Readonly<Record<string, string>>;
  /** Alarms that watch one of its members. */
  readonly memberAlarms: Readonly<Record<string, string>>;
}

/**
 * Pictures of a source and of its copy, taken at the same time.
 * @param source in the groups that it counts as being in: an interrupted cut-over may have moved it.
 * @throws {DatabaseInstanceNotFound}
 * @throws {DatabaseInstanceBusy} while the copy is being changed: nothing that is compared then would last.
 * @throws {DatabaseInstanceFailed} when the copy cannot be used.
 */
export async function takeClusterPictures(
  source: RestorableDatabase,
  copyIdentifier: string,
): Promise<{ readonly source: PicturedDatabase; readonly copy: PicturedDatabase }> {
  const [found, copy, proxies, watched] = await Promise.all([
    getCluster(source.identifier),
    getCluster(copyIdentifier),
    proxyTargets(),
    watchedDimensions(),
  ]);
  const seen = seenCluster(copy);
  if (!isReady({ identifier: copyIdentifier, resourceId: null }, seen))
    throw new DatabaseInstanceBusy(`${copyIdentifier}: status ${seen.status}`);
  const comparesParameters = found.cluster.DBClusterParameterGroup !== copy.cluster.DBClusterParameterGroup;
  const pictureOf = async (
    { cluster, members }: RdsCluster,
    groups: readonly string[],
  ): Promise<PicturedDatabase & { readonly picture: ClusterPicture }> => {
    const { identifier, resourceId, arn } = seenCluster({ cluster, members });
    const names = { identifier, resourceId };
    const { TagList: _tags, DBClusterMembers: _members, ...whole } = await describeWholeCluster(identifier);
    return {
      names,
      picture: {
        cluster: inGroups(whole, cluster, groups),
        members: Object.fromEntries(
          await Promise.all(
            members.map(async (member, index) => {
              const described = await describeWholeInstance(member.DBInstanceIdentifier ?? '');
              const { TagList: _own, ...instance } = described.whole;
              return [roleAt(index), inGroups(instance, member, groups)] as const;
            }),
          ),
        ),
        parameters: comparesParameters
          ? await clusterParametersOf(cluster.DBClusterParameterGroup ?? '')
          : {},
        tags: await tagsOfResource(arn),
        proxies: Object.fromEntries(
          proxies
            .filter((proxy) => proxy.kind === 'TRACKED_CLUSTER' && proxy.identifier === identifier)
            .map(({ name, role }) => [name, role]),
        ),
        alarms: alarmsOn(names, watched),
        memberAlarms: Object.assign(
          {},
          ...members.map(({ DBInstanceIdentifier = '', DbiResourceId = '' }) =>
            alarmsOn({ identifier: DBInstanceIdentifier, resourceId: DbiResourceId }, watched),
          ),
        ) as Record<string, string>,
      },
    };
  };
  const [ofSource, ofCopy] = await Promise.all([
    pictureOf(found, source.securityGroupIds),
    pictureOf(copy, securityGroupIds(copy.cluster)),
  ]);
  return { source: ofSource, copy: ofCopy };
}

/** Security groups are what a cut-over changes of its source. */
function inGroups(
  whole: Readonly<Record<string, unknown>>,
  known: Parameters<typeof securityGroupIds>[0],
  groups: readonly string[],
): Readonly<Record<string, unknown>> {
  if (String(securityGroupIds(known)) === String(groups)) return whole;
  return { ...whole, VpcSecurityGroups: withSecurityGroups(known, groups).VpcSecurityGroups };
}
