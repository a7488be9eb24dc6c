import type * as z from 'zod';
import { Damage, EmergencyAssessment, Strategy } from '../../shared/assessment/damage.ts';
import { selectStrategy } from '../../shared/assessment/strategy.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { pointWanted } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const SelectStrategyEnv = StepEnv;
export type SelectStrategyEnv = z.infer<typeof SelectStrategyEnv>;

/** SOP step 3: the branch of the decision tree, and what people must recover themselves. */
export const handler = step({
  name: 'SelectStrategy',
  sopStep: '3',
  input: StepInput.extend({ incident: Incident, damage: Damage, assessment: EmergencyAssessment }),
  output: Strategy,
  env: SelectStrategyEnv,
  run: async ({ incidentId, incident, damage, assessment }, { env, clock }) => {
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const { restorePoint, openedAt: executionStartedAt } = incident;
    const wanted = pointWanted(events, { restorePoint, executionStartedAt });
    return selectStrategy(damage, assessment, wanted?.restorePoint ?? null);
  },
  events: (strategy) => [
    {
      type: 'strategy.selected',
      summary: `Database recovery: ${strategy.databaseRecovery}. ${strategy.reason}`,
      detail: strategy,
    },
  ],
});
