import type { Baseline } from './baseline.ts';
import type { Baselines } from './dynamodb-baselines.ts';

/** The last baseline that broke no rule: the one of the last sound moment itself, else the last good one before it. */
export async function soundBaseline(
  baselines: Pick<Baselines, 'get' | 'lastGoodBefore'>,
  soundUntil: string,
): Promise<Baseline | undefined> {
  const observed = await baselines.get(soundUntil);
  return observed?.good === true ? observed : baselines.lastGoodBefore(soundUntil);
}
