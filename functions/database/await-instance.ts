import * as z from 'zod';
import { awsWaitPorts } from '../../shared/database/aws-wait-ports.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { AwaitedTarget, plannedWait } from '../../shared/database/instance-wait.ts';
import { settleWait } from '../../shared/database/settle-wait.ts';
import { estimateWait } from '../../shared/database/wait-estimate.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const AwaitInstanceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type AwaitInstanceEnv = z.infer<typeof AwaitInstanceEnv>;

/**
 * SOP Point-in-Time Recovery step 6: leaves the task waiting for an instance, and looks once. It registers before it looks: an instance
 * that becomes ready in between is seen by one of the two.
 */
export const handler = step({
  name: 'AwaitInstance',
  sopStep: 'PITR 6',
  input: StepInput.extend({
    executionStartedAt: Timestamp,
    taskToken: z.string().min(1),
    target: AwaitedTarget,
  }),
  output: z.object({
    seen: z.enum(['ready', 'pending', 'failed']),
    expectedSeconds: z.number().nullable(),
    expectedAt: Timestamp.nullable(),
    deadlineAt: Timestamp,
    basis: z.int().nonnegative(),
    fromRehearsals: z.boolean(),
  }),
  env: AwaitInstanceEnv,
  run: async ({ incidentId, executionId, executionStartedAt, taskToken, target }, { env, clock }) => {
    const ports = awsWaitPorts(env, clock);
    const [durations, found] = await Promise.all([
      ports.durations.recent(target.purpose),
      ports.find(target),
    ]);
    const storageGibibytes = found?.storageGibibytes ?? null;
    const estimate = estimateWait(durations, { storageGibibytes, ceilingSeconds: target.deadlineSeconds });
    const wait = plannedWait(
      { ...target, incidentId, executionId, taskToken, awaitedSince: executionStartedAt },
      storageGibibytes,
      estimate,
    );
    await ports.waits.register(wait);
    const { expectedSeconds, basis, fromRehearsals } = estimate;
    return {
      seen: await settleWait(wait, ports),
      expectedSeconds,
      expectedAt: expectedSeconds === null ? null : addSeconds(wait.awaitedSince, expectedSeconds),
      deadlineAt: wait.deadlineAt,
      basis,
      fromRehearsals,
    };
  },
  events: ({ seen, ...estimate }, { target: { identifier, purpose } }) => {
    if (seen !== 'pending') return [];
    const { expectedAt, deadlineAt, basis, fromRehearsals } = estimate;
    const expected =
      expectedAt === null
        ? 'no earlier one to compare with'
        : `expected by ${expectedAt}, the longest of ${basis} ${fromRehearsals ? 'rehearsals' : 'earlier ones'}`;
    return [
      {
        type: 'database-instance.awaited',
        discriminator: purpose,
        summary: `${identifier} is awaited (${purpose}): ${expected}; given up at ${deadlineAt}`,
        detail: { purpose, identifier, ...estimate },
      },
    ];
  },
});
