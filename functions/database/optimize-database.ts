import * as z from 'zod';
import { DatabaseActivity, observeActivity } from '../../shared/database/database-activity.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { EndedSession, endSessions } from '../../shared/database/end-sessions.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { adviseScaling } from '../../shared/database/scaling-advice.ts';
import { chooseSlowSessions, listWorkingSessions } from '../../shared/database/slow-work.ts';
import { observeWorkload, refreshStatistics } from '../../shared/database/workload-facts.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const OptimizeDatabaseEnv = StepEnv.extend(DatabaseAccessEnv.shape);
export type OptimizeDatabaseEnv = z.infer<typeof OptimizeDatabaseEnv>;

/** SOP database_optimization: ends what holds the others up, refreshes statistics, and says what people should scale. */
export const handler = step({
  name: 'OptimizeDatabase',
  sopStep: '3',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({
    before: DatabaseActivity,
    after: DatabaseActivity,
    ended: z.array(EndedSession),
    /** Tables whose statistics could not be refreshed, with the reason. */
    notAnalyzed: z.array(z.string()),
    advice: z.array(z.string()),
  }),
  env: OptimizeDatabaseEnv,
  run: async ({ instance }, { env }) => {
    const platform = await loadPlatformData();
    return withDatabase(
      requireEndpoint(instance),
      env,
      async (session) => {
        const before = await observeActivity(session);
        const advice = adviseScaling(before, await observeWorkload(session, platform));
        const ended = await endSessions(session, chooseSlowSessions(await listWorkingSessions(session)));
        const notAnalyzed = await refreshStatistics(session, platform);
        return { before, ended, notAnalyzed, advice, after: await observeActivity(session) };
      },
      // ANALYZE counts as a write.
      { readOnly: false, statementTimeoutMillis: 120_000 },
    );
  },
  events: (output) => [
    {
      type: 'database.optimized',
      summary: [
        `${output.ended.length} sessions that held others up were ended`,
        output.notAnalyzed.length === 0
          ? 'statistics are fresh'
          : `statistics are not fresh: ${output.notAnalyzed.join(', ')}`,
        ...output.advice,
      ].join('; '),
      detail: { ...output, ended: output.ended.slice(0, 100), endedCount: output.ended.length },
    },
  ],
});
