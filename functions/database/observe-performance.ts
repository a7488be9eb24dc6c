import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { LatencyMeasurement, latencyText } from '../../shared/database/latency.ts';
import { LatencyLimitEnv, probeTimeoutMillis } from '../../shared/database/latency-limit.ts';
import { measureLatency } from '../../shared/database/measure-latency.ts';
import {
  observationText,
  observePerformance,
  PerformanceObservation,
} from '../../shared/database/performance-observation.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ObservePerformanceEnv = StepEnv.extend(DatabaseAccessEnv.shape).extend(LatencyLimitEnv.shape);
export type ObservePerformanceEnv = z.infer<typeof ObservePerformanceEnv>;

/** SOP database_optimization: how slow it is, and every known reason for it: locks, sessions, statements, statistics, bloat. */
export const handler = step({
  name: 'ObservePerformance',
  sopStep: '3',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ observation: PerformanceObservation, latency: LatencyMeasurement }),
  env: ObservePerformanceEnv,
  run: async ({ instance }, { env }) => {
    const endpoint = requireEndpoint(instance);
    // Who holds others up is looked at first: measuring takes seconds.
    const observation = await withDatabase(endpoint, env, observePerformance);
    const latency = await measureLatency(endpoint, env, await loadPlatformData(), probeTimeoutMillis(env));
    return { observation, latency };
  },
  events: ({ observation, latency }) => [
    {
      type: 'performance.observed',
      summary: `${latencyText(latency)}; ${observationText(observation)}`,
      detail: { latency, ...observation },
    },
  ],
});
