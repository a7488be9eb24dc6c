import { secondsBetween } from '../lambda/clock.ts';
import type { Baseline } from './baseline.ts';

/**
 * Minutes by which a mutable table may have drifted since the last good baseline, at least one. They end with the first look after
 * it: when the probe was down for ten minutes, ten minutes of drift are ordinary; but a loss that was seen after one minute
 * does not become ordinary by being looked at for nine more.
 */
export function driftMinutes(
  lastGood: Pick<Baseline, 'observedAt'> | undefined,
  firstAfter: Pick<Baseline, 'observedAt'>,
): number {
  if (lastGood === undefined) return 1;
  return Math.max(1, Math.ceil(secondsBetween(lastGood.observedAt, firstAfter.observedAt) / 60));
}
