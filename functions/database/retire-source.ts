import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { CutOverStateUnexpected } from '../../shared/database/errors.ts';
import { requirePlan } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const RetireSourceEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), ...DatabaseServiceEnv.shape });
export type RetireSourceEnv = z.infer<typeof RetireSourceEnv>;

/** The replaced instance is evidence: marked with its incident, protected from deletion, and never deleted by the recovery. */
export const handler = step({
  name: 'RetireSource',
  sopStep: 'PITR 6',
  input: StepInput.extend({ identifier: z.string().min(1) }),
  output: z.object({ identifier: z.string(), deletionProtection: z.literal(true) }),
  env: RetireSourceEnv,
  run: async ({ incidentId, executionId, identifier }, { env, clock }) => {
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const plan = await requirePlan(journal, executionId);
    const databases = databaseService(env);
    const source = await requireDatabase(databases, identifier);
    if (source.resourceId !== plan.sourceResourceId) {
      throw new CutOverStateUnexpected(
        `${identifier}: is ${source.resourceId}, not the replaced ${plan.sourceResourceId}`,
      );
    }
    await databases.addTags(source, { 'testudo:incident': incidentId, 'testudo:role': 'replaced' });
    if (!source.deletionProtection) await databases.protect(identifier);
    return { identifier, deletionProtection: true as const };
  },
  events: ({ identifier }) => [
    {
      type: 'cut-over.source-retired',
      summary: `${identifier} is kept as evidence, protected from deletion; a person decides when it may go`,
      detail: { identifier },
    },
  ],
});
