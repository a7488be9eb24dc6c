import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { publishRestorableLag } from '../../shared/database/database-metrics.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { restorableLag } from '../../shared/database/restorable-lag.ts';
import { logger } from '../../shared/lambda/logger.ts';
import { task } from '../../shared/lambda/task.ts';

export const WatchRestorableTimeEnv = z.object({
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type WatchRestorableTimeEnv = z.infer<typeof WatchRestorableTimeEnv>;

/**
 * Each minute: how much a restore would lose if the database were lost now (SOP Performance Metrics: recovery point objective, 15
 * minutes). What cannot be measured publishes nothing, and the alarm takes silence for the worst.
 */
export const handler = task({
  name: 'WatchRestorableTime',
  input: z.unknown(),
  output: z.object({ lagSeconds: z.number().nullable(), reason: z.string().nullable() }),
  env: WatchRestorableTimeEnv,
  run: async (_event, { env, clock }) => {
    const identifier = env.DATABASE_IDENTIFIER;
    const database = await databaseService(env).find(identifier);
    const lag = restorableLag(identifier, database, clock.now().toISOString());
    if (!lag.measured) {
      logger().warn('RestorableLagUnknown', { reason: lag.reason });
      return { lagSeconds: null, reason: lag.reason };
    }
    publishRestorableLag(identifier, lag.lagSeconds);
    return { lagSeconds: lag.lagSeconds, reason: null };
  },
});
