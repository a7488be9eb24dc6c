import * as z from 'zod';
import { PageEnv, pageEveryone } from '../../shared/communication/page.ts';
import { ServiceProof } from '../../shared/database/proof.ts';
import { PositionComparison, positionConcerns } from '../../shared/exchange/position-comparison.ts';
import { ApprovalRequest, requestApproval } from '../../shared/incident/approval-request.ts';
import { Approver, tally } from '../../shared/incident/approver.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { findInitiatorName } from '../../shared/incident/initiator.ts';
import { unusedRequest } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import type { TimelineEvent } from '../../shared/incident/timeline-event.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { isExecutionRunning } from '../../shared/lambda/step-functions.ts';

export const RequestApprovalEnv = StepEnv.extend(PageEnv.shape).extend({
  CONTROL_TABLE: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
  REQUIRED_APPROVALS: z.coerce.number().int().positive(),
  APPROVAL_WINDOW_SECONDS: z.coerce.number().int().positive(),
});
export type RequestApprovalEnv = z.infer<typeof RequestApprovalEnv>;

/** Asks the approvers to let trading resume, and leaves the task waiting for them. */
export const handler = step({
  name: 'RequestApproval',
  sopStep: '-',
  input: StepInput.extend({
    taskToken: z.string().min(1),
    proof: ServiceProof,
    positions: PositionComparison.nullable(),
  }),
  output: ApprovalRequest.extend({
    /** What whoever decides must know beside the proof. */
    mind: z.array(z.string()),
  }),
  env: RequestApprovalEnv,
  run: async ({ incidentId, executionId, taskToken, proof, positions }, { env, clock }) => {
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const mind = mindOf(events, positions);
    // Whoever started the incident agreed before there was something to mind: then everybody who counts has to look at it.
    const initiatorName = mind.length > 0 ? null : await findInitiatorName(events, env.APPROVERS);
    const now = clock.now().toISOString();
    const expiresAt = addSeconds(now, env.APPROVAL_WINDOW_SECONDS);
    const round = {
      incidentId,
      purpose: 'resume-trading' as const,
      round: executionId,
      taskToken,
      requestedAt: now,
      expiresAt,
      required: env.REQUIRED_APPROVALS,
      initiatorName,
      tradingEpoch: proof.tradingEpoch,
      status: 'open' as const,
    };
    await requestApproval(round, dynamodbApprovals(env.CONTROL_TABLE), isExecutionRunning, clock);
    const { required, given, awaited } = tally([], initiatorName, env.REQUIRED_APPROVALS, env.APPROVERS);
    await pageEveryone(
      {
        incidentId,
        severity: 'P0',
        eventType: 'approval.requested',
        subject: `APPROVAL NEEDED ${incidentId}: resume trading`,
        text: [
          `The service is proven: ${proof.summary}`,
          ...mind.map((line) => `Mind: ${line}`),
          `Trading resumes when ${required} different people agree; ${given.length} count so far (${given.join(', ') || 'nobody'}).`,
          `Awaited: ${awaited.join(', ')}. Deadline: ${expiresAt}.`,
          `Decide with POST /incidents/${incidentId}/approvals {"decision": "approve" or "deny", "reason": "..."}, signed as yourself.`,
        ].join('\n'),
      },
      env,
    );
    return { required, given: [...given], awaited: [...awaited], expiresAt, mind };
  },
  events: ({ required, given, awaited, expiresAt, mind }) => [
    {
      type: 'approval.requested',
      summary: [
        `${required} people must agree by ${expiresAt}; awaited: ${awaited.join(', ')}.`,
        ...mind.map((line) => `Mind: ${line}.`),
      ].join(' '),
      detail: { required, given, awaited, expiresAt, mind },
    },
  ],
});

/** What the proof does not say, and whoever approves must have seen; the lines are complete on the timeline. */
function mindOf(events: readonly TimelineEvent[], positions: PositionComparison | null): string[] {
  const unused = unusedRequest(events);
  return [
    ...(unused === undefined
      ? []
      : [`${unused.name} asked to go back to ${unused.restorePoint} (${unused.reason}), which was not done`]),
    ...(positions === null ? [] : positionConcerns(positions)),
  ];
}
