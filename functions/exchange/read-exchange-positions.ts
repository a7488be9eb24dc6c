import * as z from 'zod';
import { ExchangePositions, readPositionsRepeatedly } from '../../shared/exchange/positions-endpoint.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const ReadExchangePositionsEnv = StepEnv.extend({
  /** Address by exchange; none: nobody is asked. */
  EXCHANGE_POSITIONS_URLS: jsonVariable(z.record(z.string(), z.url())),
});
export type ReadExchangePositionsEnv = z.infer<typeof ReadExchangePositionsEnv>;

/** An exchange is asked again before it counts as unknown: one lost packet must not hold back trading. */
const ATTEMPTS = 3;
const TIMEOUT_MILLIS = 5000;

/** What each exchange reports as open now, all at once; runs where the internet is reached. It is compared by ProveService. */
export const handler = step({
  name: 'ReadExchangePositions',
  sopStep: 'Quality',
  input: StepInput,
  output: z.object({ readings: z.array(ExchangePositions) }),
  env: ReadExchangePositionsEnv,
  run: async (_input, { env, clock }) => ({
    readings: await Promise.all(
      Object.entries(env.EXCHANGE_POSITIONS_URLS).map(([exchange, url]) =>
        readPositionsRepeatedly(
          { exchange, url, timeoutMillis: TIMEOUT_MILLIS, now: () => clock.now() },
          ATTEMPTS,
        ),
      ),
    ),
  }),
  events: () => [],
});
