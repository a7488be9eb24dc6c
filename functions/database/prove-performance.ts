import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { PerformanceNotRestored } from '../../shared/database/errors.ts';
import { findLatencyFaults, LatencyMeasurement, latencyText } from '../../shared/database/latency.ts';
import { LatencyLimitEnv, probeTimeoutMillis } from '../../shared/database/latency-limit.ts';
import { measureLatency } from '../../shared/database/measure-latency.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv } from '../../shared/database/postgres.ts';
import { LeftSession, sessionText } from '../../shared/database/session-policy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ProvePerformanceEnv = StepEnv.extend(DatabaseAccessEnv.shape).extend(LatencyLimitEnv.shape);
export type ProvePerformanceEnv = z.infer<typeof ProvePerformanceEnv>;

/** SOP database_optimization: proven by latency, measured as before, and better than the limit; else people are told what is slow. */
export const handler = step({
  name: 'ProvePerformance',
  sopStep: '3',
  input: StepInput.extend({
    instance: DatabaseInstance,
    before: LatencyMeasurement,
    left: z.array(LeftSession),
    /** What the instance is at the end of, in words: for whoever is told that it is still slow. */
    bounds: z.array(z.string()),
  }),
  output: z.object({ before: LatencyMeasurement, after: LatencyMeasurement }),
  env: ProvePerformanceEnv,
  run: async ({ instance, before, left, bounds }, { env }) => {
    const endpoint = requireEndpoint(instance);
    const after = await measureLatency(endpoint, env, await loadPlatformData(), probeTimeoutMillis(env));
    const faults = findLatencyFaults(after, env.LATENCY_LIMIT_MILLIS);
    if (faults.length > 0) {
      const protectedOnes = left.map((session) => `${sessionText(session)} (${session.reason})`);
      throw new PerformanceNotRestored(
        [`${instance.identifier}: ${[...faults, ...bounds].join('; ')}`, ...protectedOnes].join(
          '; left alone: ',
        ),
        after,
      );
    }
    return { before, after };
  },
  events: ({ before, after }) => [
    {
      type: 'database.optimized',
      summary: `Before: ${latencyText(before)}. Now: ${latencyText(after)}`,
      detail: { before, after },
    },
  ],
  refusal: (error, { before }) =>
    error instanceof PerformanceNotRestored
      ? {
          type: 'database.optimized',
          outcome: 'refused',
          discriminator: 'refused',
          summary: `Before: ${latencyText(before)}. Still: ${latencyText(error.after)}`,
          detail: { before, after: error.after },
        }
      : undefined,
});
