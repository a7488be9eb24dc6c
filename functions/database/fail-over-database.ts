import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { failOverInstance, getInstance } from '../../shared/database/rds.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const FailOverDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
});
export type FailOverDatabaseEnv = z.infer<typeof FailOverDatabaseEnv>;

/** The standby in the other zone takes over from a dead server. One that runs in another zone than when this began has failed over. */
export const handler = step({
  name: 'FailOverDatabase',
  sopStep: '3',
  input: StepInput.extend({
    /** Where it ran when the failover was decided on. */
    fromZone: z.string(),
  }),
  output: z.object({
    identifier: z.string(),
    resourceId: z.string(),
    /** False when it has failed over, or does so, without being asked by this attempt. */
    forced: z.boolean(),
  }),
  env: FailOverDatabaseEnv,
  run: async ({ incidentId, executionId, fromZone }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const identifier = env.DATABASE_IDENTIFIER;
    const instance = await getInstance(identifier);
    const forced = instance.AvailabilityZone === fromZone && instance.DBInstanceStatus !== 'rebooting';
    if (forced) await failOverInstance(identifier);
    return { identifier, resourceId: instance.DbiResourceId ?? '', forced };
  },
  events: ({ identifier, forced }, { fromZone }) => [
    {
      type: 'connection.healed',
      summary: forced
        ? `${identifier} fails over from ${fromZone} to its standby`
        : `${identifier} has left ${fromZone} already`,
      detail: { cause: 'server-down', identifier, changed: forced },
    },
  ],
});
