import * as z from 'zod';
import { renameSource } from '../../shared/database/cut-over.ts';
import { CutOverInput } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carryOutOnSource, requirePlan, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { StepEnv, step } from '../../shared/incident/step.ts';

export const RenameSourceEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), ...DatabaseServiceEnv.shape });
export type RenameSourceEnv = z.infer<typeof RenameSourceEnv>;

/** SOP Point-in-Time Recovery step 2: the damaged database steps aside and is kept. */
export const handler = step({
  name: 'RenameSource',
  sopStep: 'PITR 2',
  input: CutOverInput,
  output: z.object({ identifier: z.string() }),
  env: RenameSourceEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const plan = await requirePlan(journal, executionId);
    const databases = databaseService(env);
    const seen = await seeInstances(databases, plan);
    await carryOutOnSource(databases, renameSource(plan, seen), journal, seen.source);
    return { identifier: plan.replacedIdentifier };
  },
  events: ({ identifier }, { sourceIdentifier, sourceResourceId }) => [
    {
      type: 'cut-over.source-renamed',
      summary: `The damaged ${sourceIdentifier} is kept as ${identifier}`,
      detail: { from: sourceIdentifier, to: identifier, resourceId: sourceResourceId },
    },
  ],
});
