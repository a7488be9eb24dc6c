import * as z from 'zod';
import { dynamodbOpenIncidents } from '../../shared/incident/dynamodb-open-incident.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { OpenedIncident } from '../../shared/incident/incident.ts';
import { openIncident } from '../../shared/incident/open-incident.ts';
import { Severity } from '../../shared/incident/severity.ts';
import { readSignal } from '../../shared/incident/signal.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { task } from '../../shared/lambda/task.ts';

export const OpenIncidentEnv = z.object({
  CONTROL_TABLE: z.string(),
  TIMELINE_TABLE: z.string(),
  ALARM_SEVERITIES: jsonVariable(z.record(z.string(), Severity)),
});
export type OpenIncidentEnv = z.infer<typeof OpenIncidentEnv>;

/** SOP steps 1.2 and 1.5: one incident for every signal of the same trouble, with its timeline started. */
export const handler = task({
  name: 'OpenIncident',
  input: z.object({
    request: z.unknown(),
    executionId: z.string().min(1),
    executionStartedAt: z.string().min(1),
  }),
  output: OpenedIncident,
  env: OpenIncidentEnv,
  run: async ({ request, executionId, executionStartedAt }, { env, clock }) => {
    const signal = readSignal(request, {
      executionId,
      executionStartedAt,
      alarmSeverities: env.ALARM_SEVERITIES,
    });
    return openIncident(signal, executionId, new Date(executionStartedAt).toISOString(), {
      incidents: dynamodbOpenIncidents(env.CONTROL_TABLE),
      timeline: dynamodbTimeline(env.TIMELINE_TABLE, clock),
    });
  },
});
