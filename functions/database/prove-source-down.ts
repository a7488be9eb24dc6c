import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { DatabaseAccessEnv } from '../../shared/database/postgres.ts';
import { FenceProof, requireSilence } from '../../shared/database/source-fence.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ProveSourceDownEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
  /** Made by docs/database-user.sql; has no more rights than every application has. */
  FENCE_PROBE_USER: z.string().min(1),
});
export type ProveSourceDownEnv = z.infer<typeof ProveSourceDownEnv>;

/** A source that is given up for lost must be silent: one that answers may have acknowledged commits that nothing else has. */
export const handler = step({
  name: 'ProveSourceDown',
  sopStep: 'Restore 1',
  input: StepInput.extend({
    sourceIdentifier: z.string().min(1),
    /** Where it would listen; null where RDS names no endpoint. */
    endpoint: z.object({ host: z.string().min(1), port: z.int().positive() }).nullable(),
  }),
  output: FenceProof,
  env: ProveSourceDownEnv,
  run: async ({ incidentId, executionId, endpoint }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    return endpoint === null
      ? { refusal: 'RDS names no endpoint for it', serverDown: true }
      : requireSilence(endpoint, env, env.FENCE_PROBE_USER);
  },
  events: (proof, { sourceIdentifier }) => [
    {
      type: 'cut-over.fence-proven',
      summary: `Nobody can write to ${sourceIdentifier}: no server answers there`,
      detail: proof,
    },
  ],
});
