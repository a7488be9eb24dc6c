import { type WatchedDimension, watchedDimensions } from './cloudwatch-alarms.ts';
import type { InstanceNames } from './difference-rules.ts';
import { DatabaseInstanceBusy } from './errors.ts';
import type { InstancePicture } from './instance-comparison.ts';
import type { RdsInstance } from './rds.ts';
import { seenInstance } from './rds-instance.ts';
import {
  type DescribedInstance,
  describeWholeInstance,
  parametersOf,
  proxyTargets,
  tagsOfResource,
} from './rds-picture.ts';
import { isReady } from './readiness.ts';

/** An instance, whatever can be said of it, and its names. */
export interface PicturedInstance {
  readonly names: InstanceNames;
  readonly picture: InstancePicture;
}

/**
 * Pictures of a source and of its copy, taken at the same time.
 * @param asItWas what to read the source as, e.g. without the quarantine of an interrupted cut-over.
 * @throws {DatabaseInstanceNotFound}
 * @throws {DatabaseInstanceBusy} while the copy is being changed: nothing that is compared then would last.
 * @throws {DatabaseInstanceFailed} when the copy cannot be used.
 */
export async function takePictures(
  sourceIdentifier: string,
  copyIdentifier: string,
  asItWas: (source: RdsInstance) => RdsInstance,
): Promise<{ readonly source: PicturedInstance; readonly copy: PicturedInstance }> {
  const [source, copy, proxies, watched] = await Promise.all([
    describeWholeInstance(sourceIdentifier),
    describeWholeInstance(copyIdentifier),
    proxyTargets(),
    watchedDimensions(),
  ]);
  if (!isReady({ identifier: copyIdentifier, resourceId: null }, seenInstance(copy.known)))
    throw new DatabaseInstanceBusy(`${copyIdentifier}: status ${copy.known.DBInstanceStatus}`);
  const comparesParameters = parameterGroupOf(source.known) !== parameterGroupOf(copy.known);
  const pictureOf = async ({ known, whole }: DescribedInstance): Promise<PicturedInstance> => {
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
            .filter(({ identifier }) => identifier === names.identifier)
            .map(({ name, role }) => [name, role]),
        ),
        alarms: alarmsOn(names, watched),
      },
    };
  };
  const [ofSource, ofCopy] = await Promise.all([pictureOf(before(source, asItWas)), pictureOf(copy)]);
  return { source: ofSource, copy: ofCopy };
}

/** An alarm that names the resource id anywhere does not follow the name, whatever else it watches. */
function alarmsOn(
  { identifier, resourceId }: InstanceNames,
  watched: readonly WatchedDimension[],
): Record<string, string> {
  const by = (name: string, what: string) =>
    watched
      .filter(({ value }) => value === name)
      .map(({ alarmName, dimension }) => [alarmName, `${what} in ${dimension}`] as const);
  return Object.fromEntries([...by(identifier, 'name'), ...by(resourceId, 'resource id')]);
}

/** Security groups are what a cut-over changes of its source. */
function before(
  { known, whole }: DescribedInstance,
  asItWas: (source: RdsInstance) => RdsInstance,
): DescribedInstance {
  const changed = asItWas(known);
  if (changed === known) return { known, whole };
  return { known: changed, whole: { ...whole, VpcSecurityGroups: changed.VpcSecurityGroups } };
}

function parameterGroupOf({ DBParameterGroups }: RdsInstance): string {
  return DBParameterGroups?.[0]?.DBParameterGroupName ?? '';
}
