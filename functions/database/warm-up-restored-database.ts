import type * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { withSessionPool } from '../../shared/database/session-pool.ts';
import { describeWarmUp, WarmUp, warmUp } from '../../shared/database/warm-up.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const WarmUpRestoredDatabaseEnv = StepEnv.extend({ ...DatabaseAccessEnv.shape });
export type WarmUpRestoredDatabaseEnv = z.infer<typeof WarmUpRestoredDatabaseEnv>;

/** Trading stands still while this runs: after so long the cut-over goes on with what is warm. */
const WARM_UP_MILLIS = 240_000;
/** One statement may begin just before the end; the state's own timeout comes after it. */
const STATEMENT_TIMEOUT_MILLIS = 40_000;
const SESSIONS = 4;

/** A copy of RDS is cold when it is `available`: its hot pages are fetched before clients ask for them. Proves nothing, blocks nothing. */
export const handler = step({
  name: 'WarmUpRestoredDatabase',
  sopStep: 'PITR 6',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: WarmUp,
  env: WarmUpRestoredDatabaseEnv,
  run: async ({ instance }, { env, clock }) => {
    const deadlineMillis = clock.now().getTime() + WARM_UP_MILLIS;
    const platform = await loadPlatformData();
    return withSessionPool(
      SESSIONS,
      (work) =>
        withDatabase(requireEndpoint(instance), env, work, {
          statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS,
        }),
      (pool) => warmUp(pool, platform, clock, deadlineMillis),
    );
  },
  events: (warmed, { instance }) => [
    {
      type: 'restore.warmed-up',
      summary: `${instance.identifier}: ${describeWarmUp(warmed)}`,
      detail: warmed,
    },
  ],
});
