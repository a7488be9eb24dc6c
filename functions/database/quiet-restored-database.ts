import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import {
  CutOverStateUnexpected,
  DatabaseUnreachable,
  StatementFailed,
} from '../../shared/database/errors.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import {
  describeQuiet,
  logicalSlots,
  quietCopy,
  requireQuiet,
  SelfStarter,
} from '../../shared/database/quiet-copy.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const QuietRestoredDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type QuietRestoredDatabaseEnv = z.infer<typeof QuietRestoredDatabaseEnv>;

/** A restored copy wakes up with the subscriptions and jobs of its source: they are switched off before it is proven. */
export const handler = step({
  name: 'QuietRestoredDatabase',
  sopStep: 'Restore 1',
  input: StepInput.extend({
    instance: DatabaseInstance,
    /** How often the copy was configured: before the first time it may lack the security group that lets anybody in. */
    passes: z.int().nonnegative(),
  }),
  output: z.object({
    /** False when a copy that is not configured yet let nobody in: then it must be quieted later. */
    reached: z.boolean(),
    found: z.array(SelfStarter),
    /** Logical slots of the source, which no copy has; null when the source cannot be asked. */
    lostSlots: z.array(z.string()).nullable(),
  }),
  env: QuietRestoredDatabaseEnv,
  run: async ({ incidentId, executionId, instance, passes }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const copy = requireEndpoint(instance);
    if (copy.host === env.DATABASE_HOST && copy.port === env.DATABASE_PORT)
      throw new CutOverStateUnexpected(
        `${instance.identifier}: is the live database, which is never quieted`,
      );
    try {
      const found = await withDatabase(copy, env, quietCopy, { readOnly: false });
      requireQuiet(instance.identifier, found);
      return { reached: true, found, lostSlots: await slotsOfSource(env) };
    } catch (error) {
      if (passes > 0 || !(error instanceof DatabaseUnreachable)) throw error;
      return { reached: false, found: [], lostSlots: null };
    }
  },
  events: ({ reached, found, lostSlots }, { instance: { identifier } }) =>
    reached
      ? [
          {
            type: 'restore.copy-quieted',
            summary: describeQuiet(identifier, found, lostSlots),
            detail: { identifier, found, lostSlots },
          },
        ]
      : [],
});

/** The source is damaged: that it does not answer is no reason to stop. */
async function slotsOfSource(env: QuietRestoredDatabaseEnv): Promise<string[] | null> {
  try {
    return await withDatabase({ host: env.DATABASE_HOST, port: env.DATABASE_PORT }, env, logicalSlots);
  } catch (error) {
    if (error instanceof DatabaseUnreachable || error instanceof StatementFailed) return null;
    throw error;
  }
}
