import * as z from 'zod';
import { renameRestored } from '../../shared/database/cut-over.ts';
import { CutOverInput } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carryOut, requirePlan, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { StepEnv, step } from '../../shared/incident/step.ts';

export const RenameRestoredEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), ...DatabaseServiceEnv.shape });
export type RenameRestoredEnv = z.infer<typeof RenameRestoredEnv>;

/** The proven copy takes the name that every client knows. */
export const handler = step({
  name: 'RenameRestored',
  sopStep: 'PITR 6',
  input: CutOverInput,
  output: z.object({ identifier: z.string() }),
  env: RenameRestoredEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const plan = await requirePlan(journal, executionId);
    const databases = databaseService(env);
    await carryOut(databases, renameRestored(plan, await seeInstances(databases, plan)), journal);
    return { identifier: plan.sourceIdentifier };
  },
  events: ({ identifier }, { restoredIdentifier, restoredResourceId }) => [
    {
      type: 'cut-over.restored-renamed',
      summary: `The proven copy ${restoredIdentifier} takes the name ${identifier}`,
      detail: { from: restoredIdentifier, to: identifier, resourceId: restoredResourceId },
    },
  ],
});
