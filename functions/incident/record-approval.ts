import * as z from 'zod';
import { ApprovalRequest, IncidentPath } from '../../shared/incident/api-contract.ts';
import { Approver } from '../../shared/incident/approver.ts';
import { decide } from '../../shared/incident/decide.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { api } from '../../shared/lambda/api.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { parseRequest } from '../../shared/lambda/problem.ts';
import { sendTaskFailure, sendTaskSuccess } from '../../shared/lambda/step-functions.ts';

export const RecordApprovalEnv = z.object({
  CONTROL_TABLE: z.string(),
  TIMELINE_TABLE: z.string(),
  APPROVERS: jsonVariable(z.array(Approver).min(1)),
});
export type RecordApprovalEnv = z.infer<typeof RecordApprovalEnv>;

/** `POST /incidents/{id}/approvals`, signed with SigV4: one person's decision, with a reason. */
export const handler = api({
  name: 'RecordApproval',
  env: RecordApprovalEnv,
  run: async (request, { env, clock }) => ({
    status: 200,
    body: await decide(
      {
        incidentId: parseRequest(IncidentPath, request.pathParameters, 'path').id,
        callerArn: request.callerArn,
        ...parseRequest(ApprovalRequest, request.body, 'body'),
      },
      {
        approvers: env.APPROVERS,
        approvals: dynamodbApprovals(env.CONTROL_TABLE),
        timeline: dynamodbTimeline(env.TIMELINE_TABLE, clock),
        answerTask: { succeed: sendTaskSuccess, fail: sendTaskFailure },
        clock,
      },
    ),
  }),
});
