import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type CutOverPlan, CutOverProxy, fenceSource, planCutOver } from '../../shared/database/cut-over.ts';
import { CutOverInput, CutOverProxyEnv } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { carryOutOnSource, seeInstances } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { isLost } from '../../shared/database/readiness.ts';
import { findNameAside } from '../../shared/database/restore-target.ts';
import { StepEnv, step } from '../../shared/incident/step.ts';

export const FenceSourceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  QUARANTINE_SECURITY_GROUP_ID: z.string().min(1),
  ...DatabaseServiceEnv.shape,
  ...CutOverProxyEnv.shape,
});
export type FenceSourceEnv = z.infer<typeof FenceSourceEnv>;

/** SOP Full Database Restore step 1: no application reaches the old instance any more. Its groups are journalled first. */
export const handler = step({
  name: 'FenceSource',
  sopStep: 'Restore 1',
  input: CutOverInput,
  output: z.object({
    /** Its name now; when an earlier execution has set it aside already, that is not the name that clients know. */
    identifier: z.string(),
    /** What it had before, and gets again if the cut-over is undone. */
    sourceSecurityGroupIds: z.array(z.string()),
    quarantineSecurityGroupId: z.string(),
    /** The proxy whose target is swapped as well; null where there is none. */
    proxy: CutOverProxy.nullable(),
    /** RDS cannot bring it back: it has no server, and so no sessions. */
    sourceLost: z.boolean(),
    /** Where it would listen; null where RDS names no endpoint. */
    endpoint: z.object({ host: z.string(), port: z.int().positive() }).nullable(),
  }),
  env: FenceSourceEnv,
  run: async ({ incidentId, executionId, ...swap }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const journalled = await journal.read();
    const begun = journalled?.rolledBack === true ? undefined : journalled?.plan;
    const databases = databaseService(env);
    const proxy =
      begun?.sourceResourceId === swap.sourceResourceId ? begun.proxy : (env.CUT_OVER_PROXY ?? null);
    const seen = await seeInstances(databases, { ...swap, proxy });
    const fresh: CutOverPlan = {
      ...swap,
      executionId,
      replacedIdentifier: (await findNameAside(databases, swap.sourceIdentifier, incidentId)).identifier,
      sourceSecurityGroupIds: [...(seen.source?.securityGroupIds ?? [])],
      quarantineSecurityGroupId: env.QUARANTINE_SECURITY_GROUP_ID,
      proxy,
    };
    const plan = planCutOver(fresh, begun);
    const action = fenceSource(plan, seen);
    if (!isDeepStrictEqual(plan, begun)) await journal.plan(plan);
    await carryOutOnSource(databases, action, journal, seen.source);
    const { sourceSecurityGroupIds, quarantineSecurityGroupId } = plan;
    const identifier = seen.source?.identifier ?? plan.sourceIdentifier;
    return {
      identifier,
      sourceSecurityGroupIds,
      quarantineSecurityGroupId,
      proxy,
      sourceLost: isLost(seen.source?.status ?? ''),
      endpoint: seen.source?.endpoint ?? null,
    };
  },
  events: (fence) => [
    {
      type: 'cut-over.source-fenced',
      summary: `${fence.identifier} moves from ${fence.sourceSecurityGroupIds.join(', ')} into ${fence.quarantineSecurityGroupId}: no application reaches it any more`,
      detail: fence,
    },
  ],
});
