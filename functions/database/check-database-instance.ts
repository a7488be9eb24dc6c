import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { findInstance, findInstanceByResourceId, summarizeInstance } from '../../shared/database/rds.ts';
import { checkDeadline, isReady } from '../../shared/database/readiness.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { secondsBetween } from '../../shared/lambda/clock.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const CheckDatabaseInstanceEnv = StepEnv;
export type CheckDatabaseInstanceEnv = z.infer<typeof CheckDatabaseInstanceEnv>;

/** SOP Point-in-Time Recovery step 6: one look at an instance that is awaited. */
export const handler = step({
  name: 'CheckDatabaseInstance',
  sopStep: 'PITR 6',
  input: StepInput.extend({
    executionStartedAt: Timestamp,
    identifier: z.string().min(1),
    /** Null while unknown; else the instance must be this very one. */
    resourceId: z.string().min(1).nullable(),
    /** What is awaited, for people. */
    purpose: z.string().min(1),
    deadlineSeconds: z.int().positive(),
  }),
  output: z.object({ ready: z.boolean(), instance: DatabaseInstance.nullable() }),
  env: CheckDatabaseInstanceEnv,
  run: async ({ identifier, resourceId, executionStartedAt, deadlineSeconds }, { clock }) => {
    const found = await (resourceId === null
      ? findInstance(identifier)
      : findInstanceByResourceId(resourceId));
    const ready = isReady({ identifier, resourceId }, found);
    if (!ready) {
      const waitedSeconds = secondsBetween(executionStartedAt, clock.now().toISOString());
      checkDeadline({ identifier, status: found?.DBInstanceStatus }, waitedSeconds, deadlineSeconds);
    }
    return { ready, instance: found === undefined ? null : summarizeInstance(found) };
  },
  events: ({ ready, instance }, { identifier, purpose }) =>
    ready
      ? [
          {
            type: 'database-instance.ready',
            discriminator: purpose,
            summary: `${identifier} is ready (${purpose})`,
            detail: { purpose, instance },
          },
        ]
      : [],
});
