import * as z from 'zod';
import { PageEnv, pageEveryone } from '../../shared/communication/page.ts';
import { ChangeProposal, changeRequestText, changeText } from '../../shared/database/instance-change.ts';
import { ApprovalRequest, requestApproval } from '../../shared/incident/approval-request.ts';
import { Approver, tally } from '../../shared/incident/approver.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { severityOf } from '../../shared/incident/status.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { isExecutionRunning } from '../../shared/lambda/step-functions.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import { TradingState } from '../../shared/trading/trading-state.ts';

export const RequestInstanceChangeEnv = StepEnv.extend(PageEnv.shape).extend({
  CONTROL_TABLE: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
  REQUIRED_APPROVALS: z.coerce.number().int().positive(),
  CHANGE_WINDOW_SECONDS: z.coerce.number().int().positive(),
});
export type RequestInstanceChangeEnv = z.infer<typeof RequestInstanceChangeEnv>;

/** Asks the approvers whether the instance shall be made larger, says what that interrupts, and leaves the task waiting; silence means no. */
export const handler = step({
  name: 'RequestInstanceChange',
  sopStep: '-',
  input: StepInput.extend({ taskToken: z.string().min(1), proposal: ChangeProposal }),
  output: ApprovalRequest.extend({ trading: TradingState }),
  env: RequestInstanceChangeEnv,
  run: async ({ incidentId, executionId, taskToken, proposal }, { env, clock }) => {
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const record = await dynamodbTradingStateReader(env.CONTROL_TABLE).read();
    const trading = record?.state ?? 'HALTED';
    const severity = severityOf(events);
    const now = clock.now().toISOString();
    const expiresAt = addSeconds(now, env.CHANGE_WINDOW_SECONDS);
    const round = {
      incidentId,
      purpose: 'instance-change' as const,
      round: executionId,
      taskToken,
      requestedAt: now,
      expiresAt,
      required: env.REQUIRED_APPROVALS,
      initiatorName: null,
      // This round changes nothing about trading.
      tradingEpoch: 0,
      status: 'open' as const,
    };
    await requestApproval(round, dynamodbApprovals(env.CONTROL_TABLE), isExecutionRunning, clock);
    const { required, awaited } = tally([], null, env.REQUIRED_APPROVALS, env.APPROVERS);
    await pageEveryone(
      {
        incidentId,
        severity,
        eventType: 'instance-change.requested',
        subject: `APPROVAL NEEDED ${incidentId}: change of the database instance`,
        text: [
          ...changeRequestText(proposal, severity, trading),
          `${required} of ${awaited.join(', ')} must agree until ${expiresAt}; silence means no.`,
          `Decide with POST /incidents/${incidentId}/approvals {"purpose": "instance-change", "decision": "approve" or "deny", "reason": "..."}, signed as yourself.`,
        ].join('\n'),
      },
      env,
    );
    return { required, given: [], awaited: [...awaited], expiresAt, trading };
  },
  events: ({ required, given, awaited, expiresAt, trading }, { proposal }) => [
    {
      type: 'instance-change.requested',
      summary: `${required} of ${awaited.join(', ')} may let the instance be changed until ${expiresAt}, while trading is ${trading}: ${changeText(proposal)}; ${proposal.interruption}`,
      detail: { required, given, awaited, expiresAt, trading, proposal },
    },
  ],
});
