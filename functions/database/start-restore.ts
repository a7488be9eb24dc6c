import * as z from 'zod';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carriedSettings } from '../../shared/database/instance-settings.ts';
import { getInstance, type RdsInstance, startRestore } from '../../shared/database/rds.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { findRestoreTarget } from '../../shared/database/restore-target.ts';
import { type CopyIdentity, copyTags, tagsOf } from '../../shared/database/restored-copy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const StartRestoreEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type StartRestoreEnv = z.infer<typeof StartRestoreEnv>;

/** SOP Point-in-Time Recovery steps 3-5: a copy beside the source, with the source's settings. The source is not touched. */
export const handler = step({
  name: 'StartRestore',
  sopStep: 'PITR 3-5',
  input: StepInput.extend({ sourceIdentifier: z.string().min(1), restoreTime: Timestamp }),
  output: z.object({
    identifier: z.string(),
    restoreTime: Timestamp,
    /** False when an earlier attempt had started it already. */
    started: z.boolean(),
  }),
  env: StartRestoreEnv,
  run: async ({ incidentId, executionId, sourceIdentifier, restoreTime }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const source = asBeforeCutOver(await getInstance(sourceIdentifier), await journal.read());
    const identity = { incidentId, sourceResourceId: source.DbiResourceId ?? '', restoreTime };
    const { identifier, started } = await findRestoreTarget(sourceIdentifier, identity);
    if (!started) await startRestore(restoreRequest(source, identifier, identity));
    return { identifier, restoreTime, started: !started };
  },
  events: ({ identifier, restoreTime, started }) => [
    {
      type: 'restore.started',
      summary: started
        ? `RDS restores ${restoreTime} into ${identifier}`
        : `RDS was asked before to restore ${restoreTime} into ${identifier}: going on with it`,
      detail: { identifier, restoreTime, started },
    },
  ],
});

function restoreRequest(source: RdsInstance, identifier: string, identity: CopyIdentity) {
  // Tags of AWS itself, such as those of CloudFormation, cannot be set.
  const inherited = Object.entries(tagsOf(source)).filter(([key]) => !/^(aws|testudo):/.test(key));
  const tags = { ...Object.fromEntries(inherited), ...copyTags(identity) };
  return {
    ...carriedSettings(source),
    SourceDBInstanceIdentifier: source.DBInstanceIdentifier,
    TargetDBInstanceIdentifier: identifier,
    RestoreTime: new Date(identity.restoreTime),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
