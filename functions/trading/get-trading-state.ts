import * as z from 'zod';
import { api } from '../../shared/lambda/api.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import type { TradingStateView } from '../../shared/trading/api-contract.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import { authorizeByToken } from '../../shared/trading/emergency-token-secret.ts';

export const GetTradingStateEnv = z.object({ CONTROL_TABLE: z.string(), EMERGENCY_TOKEN_SECRET: z.string() });
export type GetTradingStateEnv = z.infer<typeof GetTradingStateEnv>;

/** `GET /trading-state`: what trading services may do now. Whoever gets no answer treats it as HALTED. */
export const handler = api({
  name: 'GetTradingState',
  env: GetTradingStateEnv,
  run: async (request, { env }) => {
    await authorizeByToken(request.headers, env.EMERGENCY_TOKEN_SECRET, systemClock);
    const record = await dynamodbTradingStateReader(env.CONTROL_TABLE).read();
    const body: TradingStateView = record ?? {
      state: 'HALTED',
      epoch: 0,
      changedAt: null,
      changedBy: null,
      reason: 'No trading state was ever stored: what cannot be read counts as halted',
      incidentId: null,
    };
    return { status: 200, body };
  },
});
