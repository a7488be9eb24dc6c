import * as z from 'zod';
import { DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { findStandbys } from '../../shared/database/rds-standbys.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { Standbys } from '../../shared/database/standbys.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';

export const DescribeDatabaseEnv = StepEnv.extend({
  DATABASE_IDENTIFIER: z.string().min(1),
  /** Names of the replicas that may take its place, as JSON. */
  REPLICA_IDENTIFIERS: jsonVariable(z.array(z.string().min(1))),
  ...DatabaseServiceEnv.shape,
});
export type DescribeDatabaseEnv = z.infer<typeof DescribeDatabaseEnv>;

/** SOP step 2: what RDS says of the database that clients use now, and of what could take its place. */
export const handler = step({
  name: 'DescribeDatabase',
  sopStep: '2',
  input: StepInput,
  output: z.object({ instance: DatabaseInstance, standbys: Standbys }),
  env: DescribeDatabaseEnv,
  run: async (_input, { env }) => {
    const databases = databaseService(env);
    const database = await requireDatabase(databases, env.DATABASE_IDENTIFIER);
    const [window, standbys] = await Promise.all([
      databases.restoreWindow(database),
      findStandbys(database, env.REPLICA_IDENTIFIERS),
    ]);
    return { instance: summarizeDatabase(database, window), standbys };
  },
  events: ({ instance }) => [
    {
      type: 'database.described',
      summary: `RDS reports ${instance.identifier} as ${instance.status}; restorable up to ${instance.latestRestorableTime ?? 'nothing yet'}`,
      detail: instance,
    },
  ],
});
