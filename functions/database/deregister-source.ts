import * as z from 'zod';
import { deregisterSource } from '../../shared/database/cut-over.ts';
import { CutOverInput } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carryOut, requirePlan, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { StepEnv, step } from '../../shared/incident/step.ts';

export const DeregisterSourceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  ...DatabaseServiceEnv.shape,
});
export type DeregisterSourceEnv = z.infer<typeof DeregisterSourceEnv>;

/** The proxy that clients go through no longer leads to the damaged database. */
export const handler = step({
  name: 'DeregisterSource',
  sopStep: 'Restore 1',
  input: CutOverInput,
  output: z.object({ proxyName: z.string(), identifier: z.string() }),
  env: DeregisterSourceEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const plan = await requirePlan(journal, executionId);
    const databases = databaseService(env);
    await carryOut(databases, deregisterSource(plan, await seeInstances(databases, plan)), journal);
    return { proxyName: plan.proxy?.name ?? '', identifier: plan.sourceIdentifier };
  },
  events: ({ proxyName, identifier }) => [
    {
      type: 'cut-over.target-deregistered',
      summary: `${proxyName} no longer leads to the damaged ${identifier}`,
      detail: { proxyName, identifier },
    },
  ],
});
