import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { findRestoreTarget } from '../../shared/database/restore-target.ts';
import { carriedTags, copyTags } from '../../shared/database/restored-copy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const StartRestoreEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), ...DatabaseServiceEnv.shape });
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
    const databases = databaseService(env);
    const found = await requireDatabase(databases, sourceIdentifier);
    const source = asBeforeCutOver(found, await journal.read());
    const identity = { incidentId, sourceResourceId: source.resourceId, restoreTime };
    const { identifier, started } = await findRestoreTarget(databases, sourceIdentifier, identity);
    const tags = { ...carriedTags(source.tags), ...copyTags(identity) };
    if (!started) await databases.startRestore({ source, identifier, restoreTime, tags });
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
