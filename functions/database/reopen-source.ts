import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { openDatabase } from '../../shared/database/source-fence.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const ReopenSourceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
});
export type ReopenSourceEnv = z.infer<typeof ReopenSourceEnv>;

/** The last of a roll-back: the old database, which has its name and its groups again, lets its clients in. Closes the journal. */
export const handler = step({
  name: 'ReopenSource',
  sopStep: '-',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ identifier: z.string(), wasClosed: z.boolean() }),
  env: ReopenSourceEnv,
  run: async ({ incidentId, executionId, instance }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const journal = dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock);
    const wasClosed = (await journal.read())?.sourceClosed ?? false;
    if (wasClosed) await withDatabase(requireEndpoint(instance), env, openDatabase, { readOnly: false });
    await journal.close();
    return { identifier: instance.identifier, wasClosed };
  },
  events: ({ identifier, wasClosed }) => [
    {
      type: 'cut-over.rolled-back',
      summary: `The cut-over is undone: ${identifier} is the old instance again`,
      detail: { identifier, wasClosed },
    },
  ],
});
