import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { getInstance, startInstance } from '../../shared/database/rds.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const StartDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  DATABASE_IDENTIFIER: z.string().min(1),
});
export type StartDatabaseEnv = z.infer<typeof StartDatabaseEnv>;

/** SOP database_connection_restore: an instance that was stopped is started; one that starts already is left alone. */
export const handler = step({
  name: 'StartDatabase',
  sopStep: '3',
  input: StepInput,
  output: z.object({ identifier: z.string(), resourceId: z.string(), started: z.boolean() }),
  env: StartDatabaseEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const { DBInstanceStatus: status = '', DbiResourceId: resourceId = '' } = await getInstance(
      env.DATABASE_IDENTIFIER,
    );
    const started = /^stopp(ed|ing)$/.test(status);
    if (started) await startInstance(env.DATABASE_IDENTIFIER);
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
