import * as z from 'zod';
import { IncidentPath, type IncidentView } from '../../shared/incident/api-contract.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { projectIncident } from '../../shared/incident/status.ts';
import { api } from '../../shared/lambda/api.ts';
import { ApiProblem, parseRequest } from '../../shared/lambda/problem.ts';

export const GetIncidentEnv = z.object({ TIMELINE_TABLE: z.string() });
export type GetIncidentEnv = z.infer<typeof GetIncidentEnv>;

/** `GET /incidents/{id}`, signed with SigV4: how the incident stands, who is awaited, and its whole timeline. */
export const handler = api({
  name: 'GetIncident',
  env: GetIncidentEnv,
  run: async (request, { env, clock }) => {
    const { id } = parseRequest(IncidentPath, request.pathParameters, 'path');
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(id);
    if (events.length === 0) throw new ApiProblem(404, 'IncidentUnknown', `No incident ${id} has a timeline`);
    return { status: 200, body: projectIncident(events) satisfies IncidentView };
  },
});
