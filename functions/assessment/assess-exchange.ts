import * as z from 'zod';
import { ExchangeDamage } from '../../shared/assessment/damage.ts';
import { readHealthRepeatedly } from '../../shared/assessment/health-endpoint.ts';
import { DEGRADED_LATENCY_MILLIS } from '../../shared/assessment/latency.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { InvalidInput } from '../../shared/lambda/errors.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const AssessExchangeEnv = StepEnv.extend({
  EXCHANGE_HEALTH_URLS: jsonVariable(z.record(z.string(), z.url())),
});
export type AssessExchangeEnv = z.infer<typeof AssessExchangeEnv>;

/** SOP step 2: connectivity of one configured exchange. */
export const handler = step({
  name: 'AssessExchange',
  sopStep: '2',
  input: StepInput.extend({ exchange: z.string().min(1) }),
  output: ExchangeDamage,
  env: AssessExchangeEnv,
  run: async ({ exchange }, { env }) => {
    const url = env.EXCHANGE_HEALTH_URLS[exchange];
    if (url === undefined)
      throw new InvalidInput(`exchange: ${exchange} has no health endpoint in the configuration`);
    const { healthy, reason, latencyMillis } = await readHealthRepeatedly(url, {
      timeoutMillis: 5000,
      attempts: 3,
    });
    const slow = latencyMillis > DEGRADED_LATENCY_MILLIS;
    return {
      name: exchange,
      status: healthy ? (slow ? ('degraded' as const) : ('reachable' as const)) : ('unreachable' as const),
      reason,
      latencyMillis,
    };
  },
  events: (exchange) => [
    {
      type: 'exchange.assessed',
      discriminator: exchange.name,
      summary: `Exchange ${exchange.name} is ${exchange.status}: ${exchange.reason}`,
      detail: exchange,
    },
  ],
});
