import * as z from 'zod';
import { machine } from '../../shared/incident/actor.ts';
import { task } from '../../shared/lambda/task.ts';
import { dynamodbTradingControl } from '../../shared/trading/dynamodb-trading-control.ts';
import { TradingControlRecord } from '../../shared/trading/trading-state.ts';

export const HaltWithoutIncidentEnv = z.object({
  CONTROL_TABLE: z.string(),
  TRADING_STATE_TOPIC: z.string(),
});
export type HaltWithoutIncidentEnv = z.infer<typeof HaltWithoutIncidentEnv>;

/** SOP step 1.1 when no incident could be opened: trading stops all the same. */
export const handler = task({
  name: 'HaltWithoutIncident',
  input: z.object({ executionId: z.string(), reason: z.string(), failure: z.unknown() }),
  output: TradingControlRecord.extend({ changed: z.boolean() }),
  env: HaltWithoutIncidentEnv,
  run: ({ reason }, { env, clock }) =>
    dynamodbTradingControl(env.CONTROL_TABLE, env.TRADING_STATE_TOPIC, clock).halt({
      actor: machine('HaltWithoutIncident'),
      reason,
      incidentId: null,
    }),
});
