import * as z from 'zod';
import { Actor } from '../../shared/incident/actor.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { dynamodbTradingControl } from '../../shared/trading/dynamodb-trading-control.ts';
import { TradingControlRecord } from '../../shared/trading/trading-state.ts';

export const HaltTradingEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), TRADING_STATE_TOPIC: z.string() });
export type HaltTradingEnv = z.infer<typeof HaltTradingEnv>;

/** SOP step 1.1: no new order anywhere, before anything else is tried. */
export const handler = step({
  name: 'HaltTrading',
  sopStep: '1.1',
  input: StepInput.extend({ initiator: Actor, reason: z.string() }),
  output: TradingControlRecord.extend({ changed: z.boolean() }),
  env: HaltTradingEnv,
  timeline: 'best-effort',
  run: ({ incidentId, initiator, reason }, { env, clock }) =>
    dynamodbTradingControl(env.CONTROL_TABLE, env.TRADING_STATE_TOPIC, clock).halt({
      actor: initiator,
      reason,
      incidentId,
    }),
  events: (receipt) => [
    {
      type: 'trading.halted',
      // Every later signal halts again, to be sure; the timeline needs to hear of each halt once.
      oncePerIncident: true,
      discriminator: String(receipt.epoch),
      occurredAt: receipt.changedAt,
      summary: receipt.changed
        ? 'Trading is halted: stored and published'
        : `Trading was halted already by ${receipt.changedBy.id}: published again`,
      detail: {
        epoch: receipt.epoch,
        changed: receipt.changed,
        haltedBy: receipt.changedBy,
        haltedAt: receipt.changedAt,
      },
    },
  ],
});
