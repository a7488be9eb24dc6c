import * as z from 'zod';
import { Team } from '../../shared/communication/contact.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { SEVERITY_TARGETS } from '../../shared/incident/severity.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const ActivateIncidentEnv = StepEnv.extend({ TEAM: jsonVariable(Team) });
export type ActivateIncidentEnv = z.infer<typeof ActivateIncidentEnv>;

/** SOP step 1.2: names the commander and the leads and sets the clocks of the severity. */
export const handler = step({
  name: 'ActivateIncident',
  sopStep: '1.2',
  input: StepInput.extend({ incident: Incident }),
  output: z.object({ team: Team, responseDueAt: Timestamp, resolutionDueAt: Timestamp }),
  env: ActivateIncidentEnv,
  run: async ({ incident }, { env }) => {
    const { responseSeconds, resolutionSeconds } = SEVERITY_TARGETS[incident.severity];
    return {
      team: env.TEAM,
      responseDueAt: addSeconds(incident.detectedAt, responseSeconds),
      resolutionDueAt: addSeconds(incident.detectedAt, resolutionSeconds),
    };
  },
  events: ({ team, responseDueAt, resolutionDueAt }, { incident }) => [
    {
      type: 'incident.activated',
      summary: `${incident.severity} response led by ${team.incidentCommander}; resolution due by ${resolutionDueAt}`,
      detail: { severity: incident.severity, team, responseDueAt, resolutionDueAt },
    },
  ],
});
