import * as z from 'zod';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { DatabaseUnreachable, StatementFailed } from '../../shared/database/errors.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { previewOrNull } from '../../shared/database/restore-preview.ts';
import { nobodyFound, searchCulprit } from '../../shared/database/search-culprit.ts';
import { soundBaseline } from '../../shared/database/sound-baseline.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { knownDamage } from '../../shared/incident/known-damage.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { floorToSecond, GivenTimestamp, Timestamp } from '../../shared/lambda/timestamp.ts';

export const FindCulpritEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type FindCulpritEnv = z.infer<typeof FindCulpritEnv>;

/** Trading stands still while this runs: a server that answers no sooner is not asked any longer. */
const STATEMENT_TIMEOUT_MILLIS = 40_000;

/** SOP `recovery_target_time`, from evidence: who did the damage, when, and what going back to just before it would lose. */
export const handler = step({
  name: 'FindCulprit',
  sopStep: 'PITR target',
  input: StepInput.extend({ executionStartedAt: Timestamp, restorePoint: GivenTimestamp.nullable() }),
  output: CulpritSearch,
  env: FindCulpritEnv,
  run: async ({ incidentId, executionStartedAt, restorePoint }, { env, clock }) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, env.DATABASE_IDENTIFIER);
    const [platform, events] = await Promise.all([
      loadPlatformData(),
      dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId),
    ]);
    const { soundUntil, violations } = knownDamage(events);
    const since = await soundBaseline(baselines, soundUntil ?? executionStartedAt);
    if (since === undefined) return nobodyFound('There is no good baseline to begin from');
    try {
      return await withDatabase(
        { host: env.DATABASE_HOST, port: env.DATABASE_PORT },
        env,
        async (session) => {
          const found = await searchCulprit(session, platform, violations, since);
          const point = floorToSecond(restorePoint ?? found.proposedPoint ?? since.observedAt);
          const before = (await baselines.lastGoodBefore(point)) ?? since;
          return {
            ...found,
            preview: await previewOrNull(session, platform, point, before, found.culprit?.xid ?? null),
          };
        },
        { statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS },
      );
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable || error instanceof StatementFailed)) throw error;
      return nobodyFound(error.message);
    }
  },
  events: (search) => [
    {
      type: 'culprit.searched',
      summary:
        search.culprit === null
          ? `It is not known which transaction did the damage, the baselines decide: ${search.reason}`
          : `${search.reason}, committed at ${search.culprit.committedAt} (${search.culprit.confidence}, from ${search.culprit.evidence}); proposed: back to ${search.proposedPoint}`,
      detail: search,
    },
  ],
});
