import * as z from 'zod';
import { baselineOf, judgeIntegrity } from '../../shared/assessment/integrity.ts';
import { observeActivity } from '../../shared/database/database-activity.ts';
import { publishDatabaseMetrics } from '../../shared/database/database-metrics.ts';
import { driftMinutes } from '../../shared/database/drift.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { DatabaseUnreachable } from '../../shared/database/errors.ts';
import { observeData } from '../../shared/database/observe-data.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { task } from '../../shared/lambda/task.ts';

export const RecordBaselineEnv = z.object({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type RecordBaselineEnv = z.infer<typeof RecordBaselineEnv>;

/** Each minute: the counts that a recovery "should match", and the detector of sudden loss. That the database is down is a result. */
export const handler = task({
  name: 'RecordBaseline',
  input: z.unknown(),
  output: z.object({
    reachable: z.boolean(),
    observedAt: z.string().nullable(),
    good: z.boolean().nullable(),
    reasons: z.array(z.string()),
  }),
  env: RecordBaselineEnv,
  run: async (_event, { env }) => {
    const databaseIdentifier = env.DATABASE_IDENTIFIER;
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, databaseIdentifier);
    const [platform, known] = await Promise.all([loadPlatformData(), baselines.lastGood()]);
    try {
      const [activity, observation] = await withDatabase(
        { host: env.DATABASE_HOST, port: env.DATABASE_PORT },
        env,
        async (session) => [
          await observeActivity(session),
          await observeData(session, platform, known.baseline),
        ],
      );
      const finding = judgeIntegrity(observation, platform, {
        baseline: known.baseline,
        driftMinutes: driftMinutes(known.baseline, known.firstAfter ?? observation),
      });
      const baseline = baselineOf(databaseIdentifier, observation, finding);
      publishDatabaseMetrics({
        databaseIdentifier,
        activity,
        rowsLost: finding.rowsLost,
        invariantViolations: Object.values(baseline.invariants).reduce((sum, count) => sum + count, 0),
      });
      await baselines.store(baseline);
      return {
        reachable: true,
        observedAt: baseline.observedAt,
        good: baseline.good,
        reasons: baseline.reasons,
      };
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable)) throw error;
      publishDatabaseMetrics({ databaseIdentifier, activity: null, rowsLost: 0, invariantViolations: 0 });
      return { reachable: false, observedAt: null, good: null, reasons: [error.message] };
    }
  },
});
