import * as z from 'zod';
import { PageEnv, pageEveryone } from '../../shared/communication/page.ts';
import { offerText, SalvageOffer } from '../../shared/database/salvage-report.ts';
import { ApprovalRequest, requestApproval } from '../../shared/incident/approval-request.ts';
import { Approver, tally } from '../../shared/incident/approver.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { isExecutionRunning } from '../../shared/lambda/step-functions.ts';

export const RequestSalvageApprovalEnv = StepEnv.extend(PageEnv.shape).extend({
  CONTROL_TABLE: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
  SALVAGE_WINDOW_SECONDS: z.coerce.number().int().positive(),
});
export type RequestSalvageApprovalEnv = z.infer<typeof RequestSalvageApprovalEnv>;

/** One person who has looked at the numbers is enough: trading stays halted, and two people decide on that. */
const REQUIRED_APPROVALS = 1;

/** Asks the approvers whether what was rehearsed shall be written, and leaves the task waiting for them; silence means no. */
export const handler = step({
  name: 'RequestSalvageApproval',
  sopStep: '-',
  input: StepInput.extend({ taskToken: z.string().min(1), offer: SalvageOffer }),
  output: ApprovalRequest,
  env: RequestSalvageApprovalEnv,
  run: async ({ incidentId, executionId, taskToken, offer }, { env, clock }) => {
    const now = clock.now().toISOString();
    const expiresAt = addSeconds(now, env.SALVAGE_WINDOW_SECONDS);
    const round = {
      incidentId,
      purpose: 'salvage' as const,
      round: executionId,
      taskToken,
      requestedAt: now,
      expiresAt,
      required: REQUIRED_APPROVALS,
      initiatorName: null,
      // Trading is halted before and after: this round changes nothing about it.
      tradingEpoch: 0,
      status: 'open' as const,
    };
    await requestApproval(round, dynamodbApprovals(env.CONTROL_TABLE), isExecutionRunning, clock);
    const { required, awaited } = tally([], null, REQUIRED_APPROVALS, env.APPROVERS);
    await pageEveryone(
      {
        incidentId,
        severity: 'P0',
        eventType: 'salvage.requested',
        subject: `APPROVAL NEEDED ${incidentId}: salvage`,
        text: [
          offerText(offer),
          `For review: s3 ${offer.reviewKey ?? '(nothing)'}. What would be written: s3 ${offer.plan?.key ?? '(nothing)'}.`,
          `It was rehearsed on the restored database and keeps every declared rule. One of ${awaited.join(', ')} decides until ${expiresAt}; silence means no.`,
          `Decide with POST /incidents/${incidentId}/approvals {"purpose": "salvage", "decision": "approve" or "deny", "reason": "..."}, signed as yourself.`,
        ].join('\n'),
      },
      env,
    );
    return { required, given: [], awaited: [...awaited], expiresAt };
  },
  events: ({ required, given, awaited, expiresAt }) => [
    {
      type: 'salvage.requested',
      summary: `One of ${awaited.join(', ')} may let the salvage happen until ${expiresAt}`,
      detail: { required, given, awaited, expiresAt },
    },
  ],
});
