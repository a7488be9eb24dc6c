import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { withConfiguredGroup } from '../../shared/database/security-group-healing.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const RestoreSecurityGroupEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  DATABASE_IDENTIFIER: z.string().min(1),
  DATABASE_SECURITY_GROUP_ID: z.string().min(1),
  QUARANTINE_SECURITY_GROUP_ID: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type RestoreSecurityGroupEnv = z.infer<typeof RestoreSecurityGroupEnv>;

/** SOP database_connection_restore: the instance gets back the configured group that lets clients in, beside those that it has. */
export const handler = step({
  name: 'RestoreSecurityGroup',
  sopStep: '3',
  input: StepInput,
  output: z.object({
    identifier: z.string(),
    resourceId: z.string(),
    before: z.array(z.string()),
    after: z.array(z.string()),
  }),
  env: RestoreSecurityGroupEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const identifier = env.DATABASE_IDENTIFIER;
    const databases = databaseService(env);
    const { resourceId, securityGroupIds } = await requireDatabase(databases, identifier);
    const before = [...securityGroupIds];
    const after = withConfiguredGroup(
      before,
      env.DATABASE_SECURITY_GROUP_ID,
      env.QUARANTINE_SECURITY_GROUP_ID,
    );
    if (after.length > before.length) await databases.move(identifier, after);
    return { identifier, resourceId, before, after };
  },
  events: ({ identifier, before, after }) => [
    {
      type: 'connection.healed',
      summary: `${identifier} gets the configured security group again: ${after.join(', ')}`,
      detail: { cause: 'security-group-lost', identifier, before, after },
    },
  ],
});
