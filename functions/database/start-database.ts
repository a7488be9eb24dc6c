import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const StartDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type StartDatabaseEnv = z.infer<typeof StartDatabaseEnv>;

/** SOP database_connection_restore: a database that was stopped is started; one that starts already is left alone. */
export const handler = step({
  name: 'StartDatabase',
  sopStep: '3',
  input: StepInput,
  output: z.object({ identifier: z.string(), resourceId: z.string(), started: z.boolean() }),
  env: StartDatabaseEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const databases = databaseService(env);
    const { status, resourceId } = await requireDatabase(databases, env.DATABASE_IDENTIFIER);
    const started = /^stopp(ed|ing)$/.test(status);
    if (started) await databases.start(env.DATABASE_IDENTIFIER);
    return { identifier: env.DATABASE_IDENTIFIER, resourceId, started };
  },
  events: ({ identifier, started }) => [
    {
      type: 'connection.healed',
      summary: started ? `${identifier} was stopped and starts again` : `${identifier} starts already`,
      detail: { cause: 'instance-stopped', identifier, changed: started },
    },
  ],
});
