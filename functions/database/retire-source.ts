import * as z from 'zod';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { CutOverStateUnexpected } from '../../shared/database/errors.ts';
import { addTags, getInstance, modifyInstance } from '../../shared/database/rds.ts';
import { requirePlan } from '../../shared/database/rds-cut-over.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const RetireSourceEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
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
    const source = await getInstance(identifier);
    if (source.DbiResourceId !== plan.sourceResourceId) {
      throw new CutOverStateUnexpected(
        `${identifier}: is ${source.DbiResourceId}, not the replaced ${plan.sourceResourceId}`,
      );
    }
    await addTags(source.DBInstanceArn ?? '', { 'testudo:incident': incidentId, 'testudo:role': 'replaced' });
    if (source.DeletionProtection !== true)
      await modifyInstance({ DBInstanceIdentifier: identifier, DeletionProtection: true });
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
