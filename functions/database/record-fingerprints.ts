import * as z from 'zod';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbFingerprints } from '../../shared/database/dynamodb-fingerprints.ts';
import { DatabaseUnreachable } from '../../shared/database/errors.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { lastBucketEnd, RUN, takeFingerprints } from '../../shared/database/take-fingerprints.ts';
import { logger } from '../../shared/lambda/logger.ts';
import { task } from '../../shared/lambda/task.ts';

export const RecordFingerprintsEnv = z.object({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type RecordFingerprintsEnv = z.infer<typeof RecordFingerprintsEnv>;

/** Each minute: seals what has closed since the last time, mostly nothing. That the database is down is a result. */
export const handler = task({
  name: 'RecordFingerprints',
  input: z.unknown(),
  output: z.object({
    reachable: z.boolean(),
    /** Entry of the ledger that was appended; null when nothing has closed, or another run was faster. */
    sequence: z.int().positive().nullable(),
    /** Tables that were not fingerprinted, and why. */
    left: z.array(z.object({ table: z.string(), reason: z.string() })),
  }),
  env: RecordFingerprintsEnv,
  run: async (_event, { env, clock }) => {
    const databaseIdentifier = env.DATABASE_IDENTIFIER;
    const ledger = dynamodbFingerprints(env.CONTROL_TABLE, databaseIdentifier);
    const supersessions = await dynamodbBaselines(env.CONTROL_TABLE, databaseIdentifier).supersessions();
    const { entry: last, head } = await ledger.newest(supersessions);
    const sealedUntil = last?.sealedUntil ?? {};
    const nothing = { reachable: true, sequence: null, left: [] };
    if (isUpToDate(sealedUntil, clock.now().toISOString())) return nothing;
    const platform = await loadPlatformData();
    try {
      const taken = await withDatabase({ host: env.DATABASE_HOST, port: env.DATABASE_PORT }, env, (session) =>
        takeFingerprints(session, platform, databaseIdentifier, sealedUntil),
      );
      const entry = taken && (await ledger.append(taken, head));
      if (entry === undefined) return nothing;
      // Whoever keeps the log can prove later that the ledger was not written anew.
      logger().info('Fingerprints sealed', { sequence: entry.sequence, hash: entry.hash });
      return { reachable: true, sequence: entry.sequence, left: entry.left };
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable)) throw error;
      logger().warn('Fingerprints not taken', { error });
      return { reachable: false, sequence: null, left: [] };
    }
  },
});

/** Whether no hour can have closed since: then the database is not even asked. */
function isUpToDate(sealedUntil: Readonly<Record<string, string>>, now: string): boolean {
  const until = lastBucketEnd(now);
  return RUN in sealedUntil && Object.values(sealedUntil).every((sealed) => sealed >= until);
}
