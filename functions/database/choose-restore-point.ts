import * as z from 'zod';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { choosePoint, describePreview, isRestorable } from '../../shared/database/restore-point-choice.ts';
import { soundBaseline } from '../../shared/database/sound-baseline.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { knownDamage } from '../../shared/incident/known-damage.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { secondsBetween } from '../../shared/lambda/clock.ts';
import { GivenTimestamp, Timestamp } from '../../shared/lambda/timestamp.ts';

export const ChooseRestorePointEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type ChooseRestorePointEnv = z.infer<typeof ChooseRestorePointEnv>;

/** SOP `recovery_target_time`: the latest restorable point before the accident. Repeated until RDS can restore to it. */
export const handler = step({
  name: 'ChooseRestorePoint',
  sopStep: 'PITR target',
  input: StepInput.extend({
    executionStartedAt: Timestamp,
    restorePoint: GivenTimestamp.nullable(),
    /** Null when it could not be made. */
    search: CulpritSearch.nullable(),
    instance: DatabaseInstance,
  }),
  output: RestorePoint,
  env: ChooseRestorePointEnv,
  run: async ({ incidentId, executionStartedAt, restorePoint, search, instance }, { env, clock }) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, instance.identifier);
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const anchor = await soundBaseline(baselines, knownDamage(events).soundUntil ?? executionStartedAt);
    const now = clock.now().toISOString();
    const point = choosePoint({
      requested: restorePoint,
      culprit: search?.culprit ?? null,
      anchor,
      now,
      window: instance,
    });
    const before = await baselines.lastGoodBefore(point.restoreTime);
    const after = await baselines.firstGoodAfter(point.restoreTime);
    return {
      ...point,
      restorable: isRestorable(point.restoreTime, instance, secondsBetween(executionStartedAt, now)),
      latestRestorableTime: instance.latestRestorableTime,
      baselineBefore: before?.observedAt ?? null,
      baselineAfter: after?.observedAt ?? null,
      preview: search?.preview?.restoreTime === point.restoreTime ? search.preview : null,
    };
  },
  events: (point) => [
    {
      type: 'restore-point.chosen',
      discriminator: point.restorable ? 'restorable' : 'awaited',
      summary: point.restorable
        ? `Back to ${point.restoreTime}: ${point.reason}. ${describePreview(point.preview)}`
        : `Back to ${point.restoreTime}: ${point.reason}. RDS has logs up to ${point.latestRestorableTime ?? 'no moment yet'}: waiting`,
      detail: point,
    },
  ],
});
