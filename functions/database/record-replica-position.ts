import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseUnreachable, ReplicaLosesMore } from '../../shared/database/errors.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { readPosition, requireExhausted } from '../../shared/database/replica-position.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { epochMicros, Timestamp } from '../../shared/lambda/timestamp.ts';

export const RecordReplicaPositionEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
});
export type RecordReplicaPositionEnv = z.infer<typeof RecordReplicaPositionEnv>;

/** What is on the replica, before nothing more can come and before it is promoted: the commit time of the newest transaction there. */
export const handler = step({
  name: 'RecordReplicaPosition',
  sopStep: 'PITR target',
  input: StepInput.extend({
    source: DatabaseInstance,
    copy: DatabaseInstance,
    promotedAt: Timestamp.nullable(),
  }),
  output: RestorePoint,
  env: RecordReplicaPositionEnv,
  run: async ({ source, copy, promotedAt }, { env }) => {
    const { latestRestorableTime } = source;
    const replayedUntil = promotedAt ?? (await positionOf(copy, env));
    if (latestRestorableTime !== null && epochMicros(replayedUntil) < epochMicros(latestRestorableTime)) {
      throw new ReplicaLosesMore(
        `${copy.identifier}: has all commits until ${replayedUntil}, and RDS can restore until ${latestRestorableTime}: start database-recovery with branch point-in-time-restore and that restorePoint`,
      );
    }
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, source.identifier);
    const [before, after] = await Promise.all([
      baselines.lastGoodBefore(replayedUntil),
      baselines.firstGoodAfter(replayedUntil),
    ]);
    return {
      restoreTime: replayedUntil,
      chosenAt: replayedUntil,
      basis: 'replica' as const,
      reason: `the newest commit that ${copy.identifier} has replayed`,
      restorable: true,
      latestRestorableTime,
      baselineBefore: before?.observedAt ?? null,
      baselineAfter: after?.observedAt ?? null,
    };
  },
  events: (point, { copy, source }) => [
    {
      type: 'restore-point.chosen',
      discriminator: 'replica',
      summary: `${copy.identifier} has every commit of ${source.identifier} until ${point.restoreTime}; later ones are lost`,
      detail: point,
    },
  ],
});

/** @throws {ReplicaStillReplaying} while it comes further. */
async function positionOf(copy: DatabaseInstance, env: RecordReplicaPositionEnv): Promise<string> {
  const position = await withDatabase(requireEndpoint(copy), env, readPosition);
  const replayedUntil = position && requireExhausted(copy.identifier, position).replayedUntil;
  if (replayedUntil == null) {
    throw new DatabaseUnreachable(`${copy.identifier}: does not say how far it has replayed`, 'NO_POSITION');
  }
  return replayedUntil;
}
