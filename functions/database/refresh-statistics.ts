import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { refreshStatistics } from '../../shared/database/refresh-statistics.ts';
import { chooseStaleTables, observeUpkeep } from '../../shared/database/table-upkeep.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { secondsBetween } from '../../shared/lambda/clock.ts';

export const RefreshStatisticsEnv = StepEnv.extend(DatabaseAccessEnv.shape);
export type RefreshStatisticsEnv = z.infer<typeof RefreshStatisticsEnv>;

/** No table is begun after this: the longest one that is begun in time still ends before the function is stopped. */
const BEGIN_WITHIN_SECONDS = 200;

/** SOP database_optimization: the planner's statistics of the tables where they are stale, and of no other. */
export const handler = step({
  name: 'RefreshStatistics',
  sopStep: '3',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({
    analyzed: z.array(z.string()),
    /** Tables whose statistics could not be refreshed, with the reason. */
    notAnalyzed: z.array(z.string()),
  }),
  env: RefreshStatisticsEnv,
  run: ({ instance }, { env, clock }) => {
    const startedAt = clock.now().toISOString();
    const mayBegin = () => secondsBetween(startedAt, clock.now().toISOString()) < BEGIN_WITHIN_SECONDS;
    return withDatabase(
      requireEndpoint(instance),
      env,
      async (session) => {
        const { analyzed, notAnalyzed } = await refreshStatistics(
          session,
          chooseStaleTables(await observeUpkeep(session)),
          mayBegin,
        );
        return { analyzed: [...analyzed], notAnalyzed: [...notAnalyzed] };
      },
      // ANALYZE counts as a write.
      { readOnly: false, statementTimeoutMillis: 60_000 },
    );
  },
  events: ({ analyzed, notAnalyzed }) => [
    {
      type: 'statistics.refreshed',
      summary: [
        analyzed.length === 0 && notAnalyzed.length === 0
          ? 'No statistics were stale'
          : `Statistics refreshed: ${analyzed.join(', ') || 'of no table'}`,
        ...(notAnalyzed.length === 0 ? [] : [`not refreshed: ${notAnalyzed.join(', ')}`]),
      ].join('; '),
      detail: { analyzed, notAnalyzed },
    },
  ],
});
