import * as z from 'zod';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { AnsweredProposal, describeAnswer } from '../../shared/database/restore-point-answer.ts';
import { choosePoint, describePreview, isRestorable } from '../../shared/database/restore-point-choice.ts';
import { soundBaseline } from '../../shared/database/sound-baseline.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { knownDamage } from '../../shared/incident/known-damage.ts';
import { pointWanted } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { secondsBetween } from '../../shared/lambda/clock.ts';
import { GivenTimestamp, Timestamp } from '../../shared/lambda/timestamp.ts';

export const ChooseRestorePointEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  RESTORE_POINT_WINDOW_SECONDS: z.coerce.number().int().nonnegative(),
});
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
    /** What came of asking people; null when nobody was asked yet. */
    answer: AnsweredProposal.nullable(),
  }),
  output: RestorePoint.extend({
    /** True while it is a proposal that people are to be asked about first. */
    ask: z.boolean(),
    /** True when people want another point than the one that the search was made for: what it loses is not known yet. */
    searchAgain: z.boolean(),
  }),
  env: ChooseRestorePointEnv,
  run: async (
    { incidentId, executionId, executionStartedAt, restorePoint: given, search, instance, answer },
    { env, clock },
  ) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, instance.identifier);
    const events = await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId);
    const wanted = pointWanted(events, { restorePoint: given, executionStartedAt });
    const anchor = await soundBaseline(baselines, knownDamage(events).soundUntil ?? executionStartedAt);
    const now = clock.now().toISOString();
    const point = choosePoint({
      requested: wanted ?? null,
      culprit: search?.culprit ?? null,
      anchor,
      now,
      window: instance,
    });
    const before = await baselines.lastGoodBefore(point.restoreTime);
    const after = await baselines.firstGoodAfter(point.restoreTime);
    if (answer !== null && 'Error' in answer)
      await dynamodbApprovals(env.CONTROL_TABLE).expire(incidentId, executionId);
    return {
      ...point,
      reason: answer === null ? point.reason : `${point.reason}. ${describeAnswer(answer)}`,
      restorable: isRestorable(point.restoreTime, instance, secondsBetween(executionStartedAt, now)),
      latestRestorableTime: instance.latestRestorableTime,
      baselineBefore: before?.observedAt ?? null,
      baselineAfter: after?.observedAt ?? null,
      preview: search?.preview?.restoreTime === point.restoreTime ? search.preview : null,
      readUntil: events.at(-1)?.sequence ?? 0,
      searchAgain: search !== null && (search.madeFor ?? null) !== (wanted?.restorePoint ?? null),
      ask: env.RESTORE_POINT_WINDOW_SECONDS > 0 && answer === null && point.basis !== 'operator',
    };
  },
  events: (point) => [
    // A proposal is published by the step that asks.
    ...(point.ask || point.searchAgain
      ? []
      : [
          {
            type: 'restore-point.chosen' as const,
            discriminator: `${point.restorable ? 'restorable' : 'awaited'}/${point.restoreTime}`,
            summary: point.restorable
              ? `Back to ${point.restoreTime}: ${point.reason}. ${describePreview(point.preview)}`
              : `Back to ${point.restoreTime}: ${point.reason}. RDS has logs up to ${point.latestRestorableTime ?? 'no moment yet'}: waiting`,
            detail: point,
          },
        ]),
  ],
});
