import { epochMicros, floorToSecond, lastSecondBefore } from '../lambda/timestamp.ts';
import type { Baseline } from './baseline.ts';
import type { CulpritSearch } from './culprit.ts';
import type { RestoreAlternative } from './restore-point.ts';

/** More than this nobody reads on a page at night. */
const MOST_ALTERNATIVES = 4;

/**
 * Moments beside the proposed one that a person may prefer, the latest first: just before each other transaction that did something
 * unusual, and the last good baseline. None lies at or after the commit of the culprit: the damage would come back.
 */
export function nearbyPoints(
  { culprit, suspects }: Pick<CulpritSearch, 'culprit' | 'suspects'>,
  sound: Pick<Baseline, 'observedAt'>,
  proposed: string,
): Omit<RestoreAlternative, 'preview'>[] {
  const found = [
    ...suspects.map(({ xid, committedAt }) => ({
      restoreTime: lastSecondBefore(committedAt),
      reason: `The last whole second before transaction ${xid}, which is unusual too`,
    })),
    {
      restoreTime: floorToSecond(sound.observedAt),
      reason: `The baseline of ${sound.observedAt} is the last one before the trouble that broke no rule`,
    },
  ]
    .filter(({ restoreTime }) => epochMicros(restoreTime) !== epochMicros(proposed))
    .filter(
      ({ restoreTime }) => culprit === null || epochMicros(restoreTime) < epochMicros(culprit.committedAt),
    )
    .toSorted((left, right) => right.restoreTime.localeCompare(left.restoreTime));
  const times = new Set<string>();
  return found
    .filter(({ restoreTime }) => !times.has(restoreTime) && times.add(restoreTime))
    .slice(0, MOST_ALTERNATIVES);
}
