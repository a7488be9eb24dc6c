import * as z from 'zod';
import { awsWaitPorts } from '../../shared/database/aws-wait-ports.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { settleWait } from '../../shared/database/settle-wait.ts';
import { StepEnv } from '../../shared/incident/step.ts';
import { task } from '../../shared/lambda/task.ts';

export const CheckAwaitedInstancesEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type CheckAwaitedInstancesEnv = z.infer<typeof CheckAwaitedInstancesEnv>;

/**
 * Looks at every instance that some task waits for: when RDS says that something has happened, and each minute in case it did not say so.
 * What the event says does not count: RDS delivers them as best it can and in no order, so they only tell that a look is worth while.
 */
export const handler = task({
  name: 'CheckAwaitedInstances',
  input: z.unknown(),
  output: z.object({ awaited: z.int().nonnegative(), ended: z.int().nonnegative() }),
  env: CheckAwaitedInstancesEnv,
  run: async (_event, { env, clock }) => {
    const ports = awsWaitPorts(env, clock);
    const waits = await ports.waits.open();
    const looks = await Promise.allSettled(waits.map((wait) => settleWait(wait, ports)));
    // One look that fails keeps nobody else waiting, and is told when the others are done.
    const failed = looks.find((look) => look.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return {
      awaited: waits.length,
      ended: looks.filter((look) => look.status === 'fulfilled' && look.value !== 'pending').length,
    };
  },
});
