import * as z from 'zod';
import { closeIncident } from '../../shared/incident/close-incident.ts';
import { dynamodbOpenIncidents } from '../../shared/incident/dynamodb-open-incident.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import { requireTrading } from '../../shared/trading/require-trading.ts';

export const CloseIncidentEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type CloseIncidentEnv = z.infer<typeof CloseIncidentEnv>;

/** SOP Timeline, "Full functionality confirmed": the incident is over, and the next signal opens another one. */
export const handler = step({
  name: 'CloseIncident',
  sopStep: 'Post-Incident',
  input: StepInput,
  output: z.object({ incident: Incident }),
  env: CloseIncidentEnv,
  run: async ({ incidentId }, { env, clock }) => {
    await requireTrading(dynamodbTradingStateReader(env.CONTROL_TABLE));
    return {
      incident: await closeIncident(incidentId, {
        incidents: dynamodbOpenIncidents(env.CONTROL_TABLE),
        timeline: dynamodbTimeline(env.TIMELINE_TABLE, clock),
      }),
    };
  },
  events: ({ incident }) => [
    {
      type: 'incident.closed',
      summary: `Full functionality confirmed; ${incident.severity} incident closed`,
      detail: { incident },
    },
  ],
});
