import * as z from 'zod';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { missingSettings } from '../../shared/database/instance-settings.ts';
import { getInstance, modifyInstance } from '../../shared/database/rds.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ConfigureRestoredDatabaseEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type ConfigureRestoredDatabaseEnv = z.infer<typeof ConfigureRestoredDatabaseEnv>;

/** Sets what RDS does not take with the restore call, and whatever else differs from the source. */
export const handler = step({
  name: 'ConfigureRestoredDatabase',
  sopStep: 'PITR 5',
  input: StepInput.extend({ sourceIdentifier: z.string().min(1), identifier: z.string().min(1) }),
  output: z.object({
    /** Names of the settings that were changed. */
    changed: z.array(z.string()),
  }),
  env: ConfigureRestoredDatabaseEnv,
  run: async ({ incidentId, executionId, sourceIdentifier, identifier }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const source = asBeforeCutOver(await getInstance(sourceIdentifier), await journal.read());
    const missing = missingSettings(source, await getInstance(identifier));
    const changed = Object.keys(missing).sort();
    if (changed.length > 0) await modifyInstance({ ...missing, DBInstanceIdentifier: identifier });
    return { changed };
  },
  events: ({ changed }, { identifier }) => [
    {
      type: 'restore.configured',
      summary:
        changed.length === 0
          ? `${identifier} has all settings of its source`
          : `${identifier} gets what a restore leaves out: ${changed.join(', ')}`,
      detail: { identifier, changed },
    },
  ],
});
