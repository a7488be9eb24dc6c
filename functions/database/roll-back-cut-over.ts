import * as z from 'zod';
import { rollBack } from '../../shared/database/cut-over.ts';
import { DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carryOut, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const RollBackCutOverEnv = StepEnv.extend({ CONTROL_TABLE: z.string(), ...DatabaseServiceEnv.shape });
export type RollBackCutOverEnv = z.infer<typeof RollBackCutOverEnv>;

/**
 * Undoes one change of the cut-over a pass, last one first, until the old instance serves its name again. Two looks a wait apart must
 * agree on that: RDS may show a rename late that it has agreed to. `ReopenSource` then lets its clients in.
 */
export const handler = step({
  name: 'RollBackCutOver',
  sopStep: '-',
  input: StepInput,
  output: z.object({
    done: z.boolean(),
    action: z.string(),
    /** The old instance with its name again, to be opened to its clients; null while that is not so, or when nothing was touched. */
    instance: DatabaseInstance.nullable(),
  }),
  env: RollBackCutOverEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const journalled = await journal.read();
    if (journalled === undefined || journalled.plan.executionId !== executionId)
      return { done: true, action: 'nothing was touched', instance: null };
    const { plan } = journalled;
    const served = `${plan.sourceIdentifier} is the old instance again`;
    if (journalled.rolledBack) return { done: true, action: served, instance: null };
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const databases = databaseService(env);
    const action = rollBack(plan, await seeInstances(databases, plan));
    if (action.kind === 'wait') return { done: false, action: `wait: ${action.reason}`, instance: null };
    if (action.kind !== 'nothing')
      return { done: false, action: await carryOut(databases, action, journal), instance: null };
    if (!journalled.seenUndone) {
      await journal.noteSeenUndone();
      return { done: false, action: `${served}: looking once more`, instance: null };
    }
    await dynamodbBaselines(env.CONTROL_TABLE, plan.sourceIdentifier).reinstate(incidentId);
    return {
      done: true,
      action: served,
      instance: summarizeDatabase(await requireDatabase(databases, plan.sourceIdentifier)),
    };
  },
  events: ({ done, action, instance }) =>
    done && instance === null
      ? [{ type: 'cut-over.rolled-back', summary: `The cut-over is undone: ${action}`, detail: { action } }]
      : [],
});
