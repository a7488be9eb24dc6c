import type { WaitDurations } from '../database/settle-wait.ts';
import { estimateWait } from '../database/wait-estimate.ts';
import type { DownFacts, ExpectedTime } from './down-alternatives.ts';

type Times = DownFacts['times'];

/** Every step of a cut-over that waits for RDS, and what each is typical of: a modification or a rename takes about a minute. */
const CUT_OVER = { configuration: 60, fencing: 60, 'source-rename': 90, 'restored-rename': 90 } as const;

/**
 * The waits that each alternative is made of, by the purpose that they are learned under, and what is typical of RDS while none was
 * seen here: a failover 60 to 120 s (RDS User Guide, "Multi-AZ DB instance deployments"), a promotion some minutes ("Promoting a read
 * replica"), an empty restore about twenty.
 */
const WAITS: Readonly<Record<keyof Times, Readonly<Record<string, number>>>> = {
  start: { 'instance-stopped': 300 },
  restart: { 'server-down': 300 },
  failover: { failover: 120 },
  promotion: { promotion: 300, ...CUT_OVER },
  restore: { restore: 1200, ...CUT_OVER },
};
/** No estimate may end a wait here: only the expectation is used. */
const CEILING_SECONDS = 86_400;

/**
 * How long each alternative is expected to take: what its waits took before, for storage of this size, and what is typical where there
 * were none. It counts as learned when its longest part was.
 */
export async function expectedTimes(
  durations: Pick<WaitDurations, 'recent'>,
  storageGibibytes: number | null,
): Promise<Times> {
  const learned = async (purpose: string) => {
    const recent = await durations.recent(purpose);
    return estimateWait(recent, { storageGibibytes, ceilingSeconds: CEILING_SECONDS }).expectedSeconds;
  };
  const expected = async (name: keyof Times): Promise<[keyof Times, ExpectedTime]> => {
    const parts = await Promise.all(
      Object.entries(WAITS[name]).map(async ([purpose, typical]) => ({
        typical,
        seconds: await learned(purpose),
      })),
    );
    return [
      name,
      {
        seconds: parts.reduce((sum, { typical, seconds }) => sum + (seconds ?? typical), 0),
        learned: parts[0]?.seconds !== null,
      },
    ];
  };
  const names = Object.keys(WAITS) as (keyof Times)[];
  return Object.fromEntries(await Promise.all(names.map(expected))) as Times;
}
