import { type WatchedDimension, watchedDimensions } from './cloudwatch-alarms.ts';
import type { DatabaseNames } from './difference-conditions.ts';
import { DatabaseInstanceBusy } from './errors.ts';
import { securityGroupIds, withSecurityGroups } from './instance-settings.ts';
import type { RdsInstance } from './rds.ts';
import {
  type DescribedInstance,
  describeWholeInstance,
  parametersOf,
  proxyTargets,
  tagsOfResource,
} from './rds-picture.ts';
import { isReady } from './readiness.ts';
import type { PicturedDatabase, RestorableDatabase } from './restorable-database.ts';
import { seenInstance } from './seen-instance.ts';

/** Everything that belongs to an instance and that AWS can be asked for. */
export interface InstancePicture {
  /** The whole answer of DescribeDBInstances but its tags, with whatever fields the API has by now. */
  readonly instance: Readonly<Record<string, unknown>>;
  /** Values of the parameter group by name; empty where both instances have the same group. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Proxies that lead to it: `<proxy>/<target group>` and the role of the target. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Alarms that watch it, and how: `name in <dimension>` or `resource id in <dimension>`. */
  readonly alarms: Readonly<Record<string, string>>;
}

/**
 * Pictures of a source and of its copy, taken at the same time.
 * @param source in the groups that it counts as being in: an interrupted cut-over may have moved it.
 * @throws {DatabaseInstanceNotFound}
 * @throws {DatabaseInstanceBusy} while the copy is being changed: nothing that is compared then would last.
 * @throws {DatabaseInstanceFailed} when the copy cannot be used.
 */
export async function takePictures(
  { identifier: sourceIdentifier, securityGroupIds: groups }: RestorableDatabase,
  copyIdentifier: string,
): Promise<{ readonly source: PicturedDatabase; readonly copy: PicturedDatabase }> {
  const [source, copy, proxies, watched] = await Promise.all([
    describeWholeInstance(sourceIdentifier),
    describeWholeInstance(copyIdentifier),
    proxyTargets(),
    watchedDimensions(),
  ]);
  if (!isReady({ identifier: copyIdentifier, resourceId: null }, seenInstance(copy.known)))
    throw new DatabaseInstanceBusy(`${copyIdentifier}: status ${copy.known.DBInstanceStatus}`);
  const comparesParameters = parameterGroupOf(source.known) !== parameterGroupOf(copy.known);
  const pictureOf = async ({
    known,
    whole,
  }: DescribedInstance): Promise<PicturedDatabase & { readonly picture: InstancePicture }> => {
    const names = { identifier: known.DBInstanceIdentifier ?? '', resourceId: known.DbiResourceId ?? '' };
    // The tags are asked for by themselves.
    const { TagList: _tags, ...instance } = whole;
    return {
      names,
      picture: {
        instance,
        parameters: comparesParameters ? await parametersOf(parameterGroupOf(known)) : {},
        tags: await tagsOfResource(known.DBInstanceArn ?? ''),
        proxies: Object.fromEntries(
          proxies
            .filter(({ kind, identifier }) => kind === 'RDS_INSTANCE' && identifier === names.identifier)
            .map(({ name, role }) => [name, role]),
        ),
        alarms: alarmsOn(names, watched),
      },
    };
  };
  const [ofSource, ofCopy] = await Promise.all([pictureOf(inGroups(source, groups)), pictureOf(copy)]);
  return { source: ofSource, copy: ofCopy };
}

/** An alarm that names the resource id anywhere does not follow the name, whatever else it watches. */
export function alarmsOn(
  { identifier, resourceId }: DatabaseNames,
  watched: readonly WatchedDimension[],
): Record<string, string> {
  const by = (name: string, what: string) =>
    watched
      .filter(({ value }) => value === name)
      .map(({ alarmName, dimension }) => [alarmName, `${what} in ${dimension}`] as const);
  return Object.fromEntries([...by(identifier, 'name'), ...by(resourceId, 'resource id')]);
}

function inGroups({ known, whole }: DescribedInstance, groups: readonly string[]): DescribedInstance {
  if (String(securityGroupIds(known)) === String(groups)) return { known, whole };
  const changed = withSecurityGroups(known, groups);
  return { known: changed, whole: { ...whole, VpcSecurityGroups: changed.VpcSecurityGroups } };
}

function parameterGroupOf({ DBParameterGroups }: RdsInstance): string {
  return DBParameterGroups?.[0]?.DBParameterGroupName ?? '';
}
