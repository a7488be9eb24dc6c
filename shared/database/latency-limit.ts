import * as z from 'zod';

/** Environment of a function that measures latency. */
export const LatencyLimitEnv = z.object({
  /** What a client may wait for at most; `optimization.latencyLimitMillis` of the configuration. */
  LATENCY_LIMIT_MILLIS: z.coerce.number().int().positive(),
});
export type LatencyLimitEnv = z.infer<typeof LatencyLimitEnv>;

/** A statement that takes twice the limit has failed it, however long it would go on. */
export function probeTimeoutMillis({ LATENCY_LIMIT_MILLIS }: LatencyLimitEnv): number {
  return 2 * LATENCY_LIMIT_MILLIS;
}
