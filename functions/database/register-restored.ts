import * as z from 'zod';
import { registerRestored } from '../../shared/database/cut-over.ts';
import { CutOverInput } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { CutOverStateUnexpected, ProxyTargetNotAvailable } from '../../shared/database/errors.ts';
import { carryOut, requirePlan, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { findProxyTarget } from '../../shared/database/rds-proxy.ts';
import { StepEnv, step } from '../../shared/incident/step.ts';

export const RegisterRestoredEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  ...DatabaseServiceEnv.shape,
});
export type RegisterRestoredEnv = z.infer<typeof RegisterRestoredEnv>;

/** The proxy that clients go through leads to the proven copy, and reaches it. */
export const handler = step({
  name: 'RegisterRestored',
  sopStep: 'PITR 6',
  input: CutOverInput,
  output: z.object({ proxyName: z.string(), identifier: z.string() }),
  env: RegisterRestoredEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const plan = await requirePlan(journal, executionId);
    if (plan.proxy === null) throw new CutOverStateUnexpected(`${executionId}: the plan names no proxy`);
    const databases = databaseService(env);
    await carryOut(databases, registerRestored(plan, await seeInstances(databases, plan)), journal);
    const target = await findProxyTarget(plan.proxy);
    if (target?.state !== 'AVAILABLE') {
      throw new ProxyTargetNotAvailable(
        `${plan.proxy.name}: ${plan.sourceIdentifier} is ${target?.state ?? 'no target yet'} ${target?.reason ?? ''}`.trim(),
      );
    }
    return { proxyName: plan.proxy.name, identifier: target.identifier };
  },
  events: ({ proxyName, identifier }, { restoredResourceId }) => [
    {
      type: 'cut-over.target-registered',
      summary: `${proxyName} leads to ${identifier}, the proven copy, and reaches it`,
      detail: { proxyName, identifier, resourceId: restoredResourceId },
    },
  ],
});
