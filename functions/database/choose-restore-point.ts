import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { choosePoint, isRestorable } from '../../shared/database/restore-point-choice.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailOf } from '../../shared/incident/event-detail.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import type { TimelineEvent } from '../../shared/incident/timeline-event.ts';
import { secondsBetween } from '../../shared/lambda/clock.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const ChooseRestorePointEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type ChooseRestorePointEnv = z.infer<typeof ChooseRestorePointEnv>;

/** SOP `recovery_target_time`: the latest restorable point before the accident. Repeated until RDS can restore to it. */
export const handler = step({
  name: 'ChooseRestorePoint',
  sopStep: 'PITR target',
  input: StepInput.extend({
    executionStartedAt: Timestamp,
    restorePoint: Timestamp.nullable(),
    instance: DatabaseInstance,
  }),
  output: RestorePoint,
  env: ChooseRestorePointEnv,
  run: async ({ incidentId, executionStartedAt, restorePoint, instance }, { env, clock }) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, instance.identifier);
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const soundUntil = lastSoundMoment(events) ?? executionStartedAt;
    const observed = await baselines.get(soundUntil);
    const anchor = observed?.good === true ? observed : await baselines.lastGoodBefore(soundUntil);
    const now = clock.now().toISOString();
    const point = choosePoint(restorePoint, anchor, now);
    const before = await baselines.lastGoodBefore(point.restoreTime);
    const after = await baselines.firstGoodAfter(point.restoreTime);
    return {
      ...point,
      restorable: isRestorable(point.restoreTime, instance, secondsBetween(executionStartedAt, now)),
      latestRestorableTime: instance.latestRestorableTime,
      baselineBefore: before?.observedAt ?? null,
      baselineAfter: after?.observedAt ?? null,
    };
  },
  events: (point) => [
    {
      type: 'restore-point.chosen',
      discriminator: point.restorable ? 'restorable' : 'awaited',
      summary: point.restorable
        ? `Back to ${point.restoreTime}: ${point.reason}`
        : `Back to ${point.restoreTime}: ${point.reason}. RDS has logs up to ${point.latestRestorableTime ?? 'no moment yet'}: waiting`,
      detail: point,
    },
  ],
});

/** The last moment at which the data is known to have been sound, as the assessment of this incident found it. */
function lastSoundMoment(events: readonly TimelineEvent[]): string | undefined {
  const assessed = events.findLast(({ type }) => type === 'integrity.assessed');
  const { status, faultNotBefore, faultNotAfter } = detailOf(assessed, 'integrity.assessed');
  return status === 'violated' ? (faultNotBefore ?? faultNotAfter ?? undefined) : undefined;
}
