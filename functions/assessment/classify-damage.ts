import type * as z from 'zod';
import { assess } from '../../shared/assessment/classify.ts';
import { Damage, EmergencyAssessment } from '../../shared/assessment/damage.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ClassifyDamageEnv = StepEnv;
export type ClassifyDamageEnv = z.infer<typeof ClassifyDamageEnv>;

/** SOP step 2: severity, critical issues, affected users and estimated loss from everything that was measured. */
export const handler = step({
  name: 'ClassifyDamage',
  sopStep: '2',
  input: StepInput.extend({ incident: Incident, damage: Damage }),
  output: EmergencyAssessment,
  env: ClassifyDamageEnv,
  run: async ({ incident, damage }, { clock }) =>
    assess(damage, incident.severity, clock.now().toISOString()),
  events: (assessment) => [
    {
      type: 'damage.classified',
      discriminator: assessment.severity,
      summary:
        assessment.criticalIssues.length === 0
          ? `${assessment.severity}: nothing is damaged`
          : `${assessment.severity}: ${assessment.criticalIssues.map(({ code }) => code).join(', ')}`,
      detail: assessment,
    },
  ],
});
