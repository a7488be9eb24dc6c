import * as z from 'zod';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { InstanceChangeRefused } from '../../shared/database/errors.ts';
import { capacityOf } from '../../shared/database/instance-capacity.ts';
import { ChangeProposal, changeText, progressOf } from '../../shared/database/instance-change.ts';
import { changeInstance, getInstance } from '../../shared/database/rds.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ChangeInstanceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string(),
  DATABASE_IDENTIFIER: z.string().min(1),
});
export type ChangeInstanceEnv = z.infer<typeof ChangeInstanceEnv>;

/**
 * SOP database_optimization: asks RDS once for the change that people agreed on, and says whether it is there. It is run again after each
 * wait; a change that was asked for and is neither there nor under way is not asked for twice, since each restarts the server.
 */
export const handler = step({
  name: 'ChangeInstance',
  sopStep: '3',
  input: StepInput.extend({ proposal: ChangeProposal, asked: z.boolean() }),
  output: z.object({
    identifier: z.string(),
    resourceId: z.string(),
    asked: z.boolean(),
    applied: z.boolean(),
  }),
  env: ChangeInstanceEnv,
  run: async ({ incidentId, executionId, proposal, asked }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const identifier = env.DATABASE_IDENTIFIER;
    const found = await getInstance(identifier);
    const status = found.DBInstanceStatus ?? 'unknown';
    const progress = progressOf(proposal, { ...capacityOf(found), status });
    if (progress === 'not-asked') {
      if (asked)
        throw new InstanceChangeRefused(
          `${identifier}: RDS was asked for ${changeText(proposal)}, and is ${status} without it`,
        );
      await changeInstance(identifier, proposal);
    }
    return {
      identifier,
      resourceId: found.DbiResourceId ?? '',
      asked: true,
      applied: progress === 'applied',
    };
  },
  events: ({ identifier, applied }, { proposal }) =>
    applied
      ? [
          {
            type: 'instance-change.applied',
            summary: `${identifier} is changed: ${changeText(proposal)}`,
            detail: { identifier, proposal },
          },
        ]
      : [],
});
