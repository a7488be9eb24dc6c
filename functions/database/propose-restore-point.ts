import * as z from 'zod';
import { PageEnv, pageEveryone } from '../../shared/communication/page.ts';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { describeProposal, RestoreProposal } from '../../shared/database/restore-proposal.ts';
import { describeSearch } from '../../shared/database/search-culprit.ts';
import { ApprovalRequest, requestApproval } from '../../shared/incident/approval-request.ts';
import { Approver, tally } from '../../shared/incident/approver.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { isExecutionRunning } from '../../shared/lambda/step-functions.ts';

export const ProposeRestorePointEnv = StepEnv.extend(PageEnv.shape).extend({
  CONTROL_TABLE: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
  RESTORE_POINT_WINDOW_SECONDS: z.coerce.number().int().positive(),
});
export type ProposeRestorePointEnv = z.infer<typeof ProposeRestorePointEnv>;

/** One person is enough: the restore runs beside the source, and two people judge its result before trading resumes. */
const REQUIRED_DECISIONS = 1;

/** Puts the found restore point before the approvers, with what it would lose, and leaves the task waiting; silence takes it. */
export const handler = step({
  name: 'ProposeRestorePoint',
  sopStep: 'PITR target',
  input: StepInput.extend({
    taskToken: z.string().min(1),
    point: RestorePoint,
    search: CulpritSearch.nullable(),
    instance: DatabaseInstance,
  }),
  output: ApprovalRequest.extend({ proposal: RestoreProposal }),
  env: ProposeRestorePointEnv,
  run: async ({ incidentId, executionId, taskToken, point, search, instance }, { env, clock }) => {
    const now = clock.now().toISOString();
    const expiresAt = addSeconds(now, env.RESTORE_POINT_WINDOW_SECONDS);
    const { earliestRestorableTime, latestRestorableTime } = instance;
    const culprit = search?.culprit ?? null;
    const round = {
      incidentId,
      purpose: 'restore-point' as const,
      round: executionId,
      taskToken,
      requestedAt: now,
      expiresAt,
      required: REQUIRED_DECISIONS,
      initiatorName: null,
      // Trading is halted before and after: this round changes nothing about it.
      tradingEpoch: 0,
      status: 'open' as const,
      pointRules: {
        window: { earliestRestorableTime, latestRestorableTime },
        culprit: culprit && { committedAt: culprit.committedAt, reason: culprit.reason },
      },
    };
    await requestApproval(round, dynamodbApprovals(env.CONTROL_TABLE), isExecutionRunning, clock);
    const { required, awaited } = tally([], null, REQUIRED_DECISIONS, env.APPROVERS);
    const proposal: RestoreProposal = {
      restoreTime: point.restoreTime,
      basis: point.basis,
      reason: point.reason,
      preview: point.preview ?? null,
      alternatives: search?.alternatives ?? [],
    };
    await pageEveryone(
      {
        incidentId,
        severity: 'P0',
        eventType: 'restore-point.proposed',
        subject: `DECISION OFFERED ${incidentId}: restore point`,
        text: [
          ...describeProposal(proposal),
          ...(search === null ? [] : [`Evidence: ${describeSearch(search)}.`]),
          `RDS can restore from ${earliestRestorableTime ?? 'no known moment'} to ${latestRestorableTime ?? 'no known moment'}; what is later becomes restorable in minutes.`,
          `One of ${awaited.join(', ')} may accept it or give another until ${expiresAt}; silence takes the proposed one. The restore runs beside the database and destroys nothing.`,
          `Accept with POST /incidents/${incidentId}/approvals {"purpose": "restore-point", "decision": "approve", "reason": "..."}, signed as yourself;`,
          'give another with "restorePoint": "2026-01-31T03:05:07.123456Z" besides; "deny" restores nothing and leaves trading halted.',
        ].join('\n'),
      },
      env,
    );
    return { required, given: [], awaited: [...awaited], expiresAt, proposal };
  },
  events: ({ required, given, awaited, expiresAt, proposal }) => [
    {
      type: 'restore-point.proposed',
      summary: `${describeProposal(proposal)[0]} One of ${awaited.join(', ')} may give another until ${expiresAt}`,
      detail: { required, given, awaited, expiresAt, proposal },
    },
  ],
});
