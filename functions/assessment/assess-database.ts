import type * as z from 'zod';
import { DatabaseDamage } from '../../shared/assessment/damage.ts';
import {
  type DatabaseFacts,
  type DatabaseHealth,
  judgeDatabaseHealth,
} from '../../shared/assessment/database-health.ts';
import { observeStandingActivity } from '../../shared/database/database-activity.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { endpointOf } from '../../shared/database/endpoint.ts';
import { DatabaseUnreachable, StatementFailed } from '../../shared/database/errors.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { findUnreadableTables } from '../../shared/database/readable-tables.ts';
import { measureReplicas } from '../../shared/database/replica-position.ts';
import { Standbys } from '../../shared/database/standbys.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const AssessDatabaseEnv = StepEnv.extend({ ...DatabaseEndpointEnv.shape, ...DatabaseAccessEnv.shape });
export type AssessDatabaseEnv = z.infer<typeof AssessDatabaseEnv>;

/**
 * SOP step 2: connectivity and health of the database, by named rules on measured facts. A broken database is the finding. Where it is
 * down, its replicas are asked how far they have come.
 */
export const handler = step({
  name: 'AssessDatabase',
  sopStep: '2',
  input: StepInput.extend({ instance: DatabaseInstance.nullable(), standbys: Standbys.nullable() }),
  output: DatabaseDamage,
  env: AssessDatabaseEnv,
  run: async ({ instance, standbys }, { env }) => {
    const health = await assess(instance, env);
    const asked = health.status === 'down' && standbys !== null;
    return { ...health, replicas: asked ? await measureReplicas(standbys, env) : [] };
  },
  events: (damage) => [
    {
      type: 'database.assessed',
      summary: `The database is ${damage.status} (${damage.rule}): ${damage.reason}`,
      detail: damage,
    },
  ],
});

async function assess(instance: DatabaseInstance | null, env: AssessDatabaseEnv): Promise<DatabaseHealth> {
  const platform = await loadPlatformData();
  const unmeasured: DatabaseFacts = {
    rdsStatus: instance?.status ?? null,
    connectionFault: null,
    connectionMessage: null,
    activity: null,
    unreadable: {},
  };
  try {
    const facts = await withDatabase(endpointOf(instance, env), env, async (session) => ({
      ...unmeasured,
      activity: await observeStandingActivity(session),
      unreadable: await findUnreadableTables(session, platform),
    }));
    return judgeDatabaseHealth(facts);
  } catch (error) {
    if (error instanceof DatabaseUnreachable)
      return judgeDatabaseHealth({
        ...unmeasured,
        connectionFault: error.fault,
        connectionMessage: error.message,
      });
    if (error instanceof StatementFailed)
      return judgeDatabaseHealth({
        ...unmeasured,
        connectionFault: error.sqlState,
        connectionMessage: error.message,
      });
    throw error;
  }
}
