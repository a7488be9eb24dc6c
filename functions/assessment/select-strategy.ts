import * as z from 'zod';
import { Damage, EmergencyAssessment, Strategy } from '../../shared/assessment/damage.ts';
import { weighAlternatives } from '../../shared/assessment/down-alternatives.ts';
import { expectedTimes } from '../../shared/assessment/expected-times.ts';
import { selectStrategy } from '../../shared/assessment/strategy.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbWaitDurations } from '../../shared/database/dynamodb-wait-durations.ts';
import { Standbys } from '../../shared/database/standbys.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { pointWanted } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const SelectStrategyEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
});
export type SelectStrategyEnv = z.infer<typeof SelectStrategyEnv>;

/** SOP step 3: the branch of the decision tree, what else could be done about a database that is down, and what people must recover. */
export const handler = step({
  name: 'SelectStrategy',
  sopStep: '3',
  input: StepInput.extend({
    incident: Incident,
    damage: Damage,
    assessment: EmergencyAssessment,
    described: z.object({ instance: DatabaseInstance.nullable(), standbys: Standbys.nullable() }),
  }),
  output: Strategy,
  env: SelectStrategyEnv,
  run: async (
    { incidentId, incident, damage, assessment, described: { instance, standbys } },
    { env, clock },
  ) => {
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const { restorePoint, openedAt: executionStartedAt } = incident;
    const wanted = pointWanted(events, { restorePoint, executionStartedAt });
    const latestRestorableTime = instance?.latestRestorableTime ?? null;
    const { status, rule, replicas } = damage.database;
    const alternatives =
      status !== 'down'
        ? []
        : weighAlternatives({
            identifier: env.DATABASE_IDENTIFIER,
            status: instance?.status ?? null,
            rule,
            noticedAt: incident.detectedAt,
            multiAz: standbys?.multiAz ?? false,
            latestRestorableTime,
            replicas,
            times: await expectedTimes(
              dynamodbWaitDurations(env.CONTROL_TABLE),
              standbys?.storageGibibytes ?? null,
            ),
          });
    const strategy = selectStrategy(damage, assessment, {
      restorePoint: wanted?.restorePoint ?? null,
      latestRestorableTime,
      alternatives,
    });
    // What people have wanted since stands on the timeline, where the restore looks for it.
    return { ...strategy, restorePoint: strategy.restorePoint ?? restorePoint };
  },
  events: (strategy) => [
    {
      type: 'strategy.selected',
      summary: `Database recovery: ${strategy.databaseRecovery}. ${strategy.reason}`,
      detail: strategy,
    },
  ],
});
