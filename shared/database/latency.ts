import * as z from 'zod';

/** One thing that clients do, and how long it took. */
export const LatencyProbe = z.object({
  /** `connection`, `read public.trades`, `lock public.trades`, or the name of a declared probe. */
  name: z.string(),
  /** Whether it must have been measured to prove anything. A lock cannot be tried before PostgreSQL 17. */
  required: z.boolean(),
  /** Milliseconds; null when it could not be measured at all. */
  medianMillis: z.number().nonnegative().nullable(),
  worstMillis: z.number().nonnegative().nullable(),
  samples: z.int().nonnegative(),
  /** Why it was not measured, or not to its end. */
  problem: z.string().nullable(),
});
export type LatencyProbe = z.infer<typeof LatencyProbe>;

/** How long clients wait, measured the same way before and after. */
export const LatencyMeasurement = z.object({
  probes: z.array(LatencyProbe),
  /** Sessions that wait for a lock of another, at the worst of several looks, and for how long the one that waits longest has. */
  waitingSessions: z.int().nonnegative(),
  longestWaitSeconds: z.number().nonnegative(),
  /** Age of the oldest transaction that they wait for: clients give up and come back, so their waits alone hide it. */
  longestBlockingSeconds: z.number().nonnegative(),
});
export type LatencyMeasurement = z.infer<typeof LatencyMeasurement>;

/** Nobody holds up others for longer in ordinary trading (SOP P1: latency above one second). */
const LONGEST_BLOCKING_SECONDS = 2;

/** The middle one; of an even number the slower of the two in the middle. Undefined without any. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right).at(Math.floor(values.length / 2));
}

/**
 * What still is too slow; empty when everything that must be known is known and fast enough.
 * @param limitMillis SOP P1: "Increased latency (>1 second)", or what is configured.
 */
export function findLatencyFaults(measured: LatencyMeasurement, limitMillis: number): string[] {
  const { probes, waitingSessions, longestBlockingSeconds } = measured;
  return [
    ...probes.flatMap(({ name, required, medianMillis, problem }) => {
      if (medianMillis === null)
        return required ? [`${name}: not measured: ${problem ?? 'nobody knows why'}`] : [];
      return medianMillis > limitMillis
        ? [`${name}: ${problem ?? `${Math.round(medianMillis)} ms`}, must be at most ${limitMillis} ms`]
        : [];
    }),
    ...(longestBlockingSeconds > LONGEST_BLOCKING_SECONDS
      ? [
          `locks: ${waitingSessions} sessions wait for a transaction of ${Math.round(longestBlockingSeconds)} s, must be at most ${LONGEST_BLOCKING_SECONDS} s`,
        ]
      : []),
  ];
}

/** The slowest thing that was measured, in words. */
export function latencyText({ probes, waitingSessions, longestBlockingSeconds }: LatencyMeasurement): string {
  const slowest = probes
    .filter(({ medianMillis }) => medianMillis !== null)
    .toSorted((left, right) => (right.medianMillis ?? 0) - (left.medianMillis ?? 0))
    .at(0);
  const waits =
    waitingSessions === 0
      ? 'nobody waits for a lock'
      : `${waitingSessions} sessions wait for a transaction of ${Math.round(longestBlockingSeconds)} s`;
  return slowest === undefined
    ? `nothing could be measured; ${waits}`
    : `slowest is ${slowest.name} with ${Math.round(slowest.medianMillis ?? 0)} ms; ${waits}`;
}
