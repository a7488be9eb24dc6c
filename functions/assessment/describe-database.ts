import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { DatabaseInstanceNotFound } from '../../shared/database/errors.ts';
import { describeInstance } from '../../shared/database/rds.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const DescribeDatabaseEnv = StepEnv.extend({ DATABASE_IDENTIFIER: z.string().min(1) });
export type DescribeDatabaseEnv = z.infer<typeof DescribeDatabaseEnv>;

/** SOP step 2: what RDS says of the instance that clients use now. */
export const handler = step({
  name: 'DescribeDatabase',
  sopStep: '2',
  input: StepInput,
  output: z.object({ instance: DatabaseInstance }),
  env: DescribeDatabaseEnv,
  run: async (_input, { env }) => {
    const instance = await describeInstance(env.DATABASE_IDENTIFIER);
    if (instance === undefined)
      throw new DatabaseInstanceNotFound(`DATABASE_IDENTIFIER: RDS has no ${env.DATABASE_IDENTIFIER}`);
    return { instance };
  },
  events: ({ instance }) => [
    {
      type: 'database.described',
      summary: `RDS reports ${instance.identifier} as ${instance.status}; restorable up to ${instance.latestRestorableTime ?? 'nothing yet'}`,
      detail: instance,
    },
  ],
});
