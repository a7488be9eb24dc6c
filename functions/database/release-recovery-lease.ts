import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ReleaseRecoveryLeaseEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type ReleaseRecoveryLeaseEnv = z.infer<typeof ReleaseRecoveryLeaseEnv>;

/** Lets the next recovery touch the database. */
export const handler = step({
  name: 'ReleaseRecoveryLease',
  sopStep: '-',
  input: StepInput,
  output: z.object({
    /** False when it was given back already, or another recovery has taken over. */
    released: z.boolean(),
  }),
  env: ReleaseRecoveryLeaseEnv,
  run: async ({ executionId }, { env, clock }) => ({
    released: await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).release(executionId),
  }),
  events: ({ released }) => [
    {
      type: 'recovery.lease-released',
      summary: released
        ? 'Another recovery may change the database now'
        : 'The lease was given back before: nothing to do',
      detail: { released },
    },
  ],
});
