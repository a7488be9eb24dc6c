import * as z from 'zod';
import { ServiceProof } from '../../shared/database/proof.ts';
import { machine } from '../../shared/incident/actor.ts';
import { Approver, tally } from '../../shared/incident/approver.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { dynamodbTradingControl } from '../../shared/trading/dynamodb-trading-control.ts';
import { ResumeRefused } from '../../shared/trading/errors.ts';
import { TradingControlRecord } from '../../shared/trading/trading-state.ts';

export const ResumeTradingEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  TRADING_STATE_TOPIC: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
});
export type ResumeTradingEnv = z.infer<typeof ResumeTradingEnv>;

/** Trading starts last: the stored approvals are counted again, and the epoch must be the one that was proven. */
export const handler = step({
  name: 'ResumeTrading',
  sopStep: '-',
  input: StepInput.extend({ proof: ServiceProof, approval: z.unknown() }),
  output: TradingControlRecord.extend({ approvedBy: z.array(z.string()) }),
  env: ResumeTradingEnv,
  run: async ({ incidentId, executionId, proof }, { env, clock }) => {
    const approvals = dynamodbApprovals(env.CONTROL_TABLE);
    const round = await approvals.current(incidentId);
    if (round?.round !== executionId)
      throw new ResumeRefused('approval: none was asked for by this execution');
    if (round.tradingEpoch !== proof.tradingEpoch)
      throw new ResumeRefused('proof: belongs to another trading epoch than the approvals');
    const count = tally(await approvals.decisions(round), round.initiatorName, round.required, env.APPROVERS);
    if (count.outcome !== 'approved')
      throw new ResumeRefused(`approval: ${count.outcome}, awaited: ${count.awaited.join(', ')}`);
    const control = dynamodbTradingControl(env.CONTROL_TABLE, env.TRADING_STATE_TOPIC, clock);
    const record = await control.resume({
      actor: machine('ResumeTrading'),
      reason: `Proven and approved by ${count.given.join(', ')}`,
      incidentId,
      expectedEpoch: proof.tradingEpoch,
    });
    return { ...record, approvedBy: [...count.given] };
  },
  events: (record) => [
    {
      type: 'trading.resumed',
      occurredAt: record.changedAt,
      summary: `Trading is resumed, approved by ${record.approvedBy.join(', ')}`,
      detail: { epoch: record.epoch, approvedBy: record.approvedBy },
    },
  ],
});
