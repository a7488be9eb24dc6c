import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { attemptWrite, FenceProof, requireNobodyElse } from '../../shared/database/source-fence.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ProveFenceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
  /** Made by docs/database-user.sql; has no more rights than every application has. */
  FENCE_PROBE_USER: z.string().min(1),
});
export type ProveFenceEnv = z.infer<typeof ProveFenceEnv>;

/** SOP Full Database Restore step 1: the fence is not believed but tried, by a write as an application would make it. */
export const handler = step({
  name: 'ProveFence',
  sopStep: 'Restore 1',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: FenceProof,
  env: ProveFenceEnv,
  run: async ({ incidentId, executionId, instance }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const endpoint = requireEndpoint(instance);
    const proof = await attemptWrite(endpoint, env, env.FENCE_PROBE_USER);
    if (!proof.serverDown) await withDatabase(endpoint, env, requireNobodyElse);
    return proof;
  },
  events: (proof, { instance }) => [
    {
      type: 'cut-over.fence-proven',
      summary: proof.serverDown
        ? `Nobody can write to ${instance.identifier}: it does not run`
        : `A write to ${instance.identifier} was refused, nobody else may sign in, and no session is left`,
      detail: proof,
    },
  ],
});
