import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { PromotionPreflightFailed } from '../../shared/database/errors.ts';
import { promotionProblems, replicaState } from '../../shared/database/promotion-preflight.ts';
import { addTags, getInstance, promoteReplica } from '../../shared/database/rds.ts';
import { carriedTags, copyTags } from '../../shared/database/restored-copy.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const PromoteReplicaEnv = StepEnv.extend({ CONTROL_TABLE: z.string().min(1) });
export type PromoteReplicaEnv = z.infer<typeof PromoteReplicaEnv>;

/** The replica leaves its source, for good. What it has is marked on it first, so that an interrupted promotion can be gone on with. */
export const handler = step({
  name: 'PromoteReplica',
  sopStep: '3',
  input: StepInput.extend({
    sourceIdentifier: z.string().min(1),
    replica: z.string().min(1),
    restoreTime: Timestamp,
  }),
  output: z.object({
    identifier: z.string(),
    /** False when an earlier attempt has promoted it. */
    promoted: z.boolean(),
  }),
  env: PromoteReplicaEnv,
  run: async ({ incidentId, executionId, sourceIdentifier, replica, restoreTime }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const [source, found] = await Promise.all([getInstance(sourceIdentifier), getInstance(replica)]);
    const state = replicaState(source, found, incidentId);
    if (state === undefined)
      throw new PromotionPreflightFailed(replica, promotionProblems(source, found, incidentId));
    if (state.kind === 'promoted') return { identifier: replica, promoted: false };
    const identity = { incidentId, sourceResourceId: source.DbiResourceId ?? '', restoreTime };
    await addTags(found.DBInstanceArn ?? '', {
      ...carriedTags(seenInstance(source).tags),
      ...copyTags(identity),
    });
    await promoteReplica({
      DBInstanceIdentifier: replica,
      BackupRetentionPeriod: source.BackupRetentionPeriod,
      PreferredBackupWindow: source.PreferredBackupWindow,
    });
    return { identifier: replica, promoted: true };
  },
  events: ({ identifier, promoted }, { sourceIdentifier, restoreTime }) => [
    {
      type: 'replica.promoted',
      summary: promoted
        ? `${identifier} leaves ${sourceIdentifier} for good, with every commit until ${restoreTime}`
        : `${identifier} has left ${sourceIdentifier} before: going on with it`,
      detail: { identifier, sourceIdentifier, restoreTime, promoted },
    },
  ],
});
