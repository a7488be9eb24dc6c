import * as z from 'zod';
import { findConnectionFaults } from '../../shared/database/connection-check.ts';
import { DatabaseActivity, observeActivity } from '../../shared/database/database-activity.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { ConnectionNotRestored } from '../../shared/database/errors.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const VerifyConnectionEnv = StepEnv.extend(DatabaseAccessEnv.shape);
export type VerifyConnectionEnv = z.infer<typeof VerifyConnectionEnv>;

/** SOP database_connection_restore: proven by a fresh connection that answers in time, with slots left for ordinary users. */
export const handler = step({
  name: 'VerifyConnection',
  sopStep: '3',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ activity: DatabaseActivity }),
  env: VerifyConnectionEnv,
  run: async ({ instance }, { env }) => {
    const activity = await withDatabase(requireEndpoint(instance), env, observeActivity);
    const faults = findConnectionFaults(activity);
    if (faults.length > 0) throw new ConnectionNotRestored(`${instance.identifier}: ${faults.join('; ')}`);
    return { activity };
  },
  events: ({ activity }) => [
    {
      type: 'connection.proven',
      summary: `A fresh connection answers in ${activity.probeLatencyMillis} ms; ${activity.ordinarySlots - activity.takenSlots} ordinary slots are free`,
      detail: activity,
    },
  ],
});
