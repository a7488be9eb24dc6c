import * as z from 'zod';
import type { Baseline } from '../../shared/database/baseline.ts';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { type Baselines, dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { DatabaseUnreachable, StatementFailed } from '../../shared/database/errors.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { nearbyPoints } from '../../shared/database/restore-alternatives.ts';
import { previewsOrNone } from '../../shared/database/restore-preview.ts';
import { describeSearch, nobodyFound, searchCulprit } from '../../shared/database/search-culprit.ts';
import { soundBaseline } from '../../shared/database/sound-baseline.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { knownDamage } from '../../shared/incident/known-damage.ts';
import { pointWanted } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { epochMicros, floorToSecond, GivenTimestamp, Timestamp } from '../../shared/lambda/timestamp.ts';

export const FindCulpritEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  /** Where people are asked, other points are looked at as well. */
  RESTORE_POINT_WINDOW_SECONDS: z.coerce.number().int().nonnegative(),
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
  run: async ({ incidentId, executionStartedAt, restorePoint: given }, { env, clock }) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, env.DATABASE_IDENTIFIER);
    const [platform, events] = await Promise.all([
      loadPlatformData(),
      dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId),
    ]);
    const restorePoint =
      pointWanted(events, { restorePoint: given, executionStartedAt })?.restorePoint ?? null;
    const { soundUntil, violations } = knownDamage(events);
    const sound = await soundBaseline(baselines, soundUntil ?? executionStartedAt);
    // Whoever gives an earlier point knows of something that no rule noticed.
    const since = (await baselineOfPoint(baselines, restorePoint, sound)) ?? sound;
    if (since === undefined)
      return { ...nobodyFound('There is no good baseline to begin from'), madeFor: restorePoint };
    try {
      return await withDatabase(
        { host: env.DATABASE_HOST, port: env.DATABASE_PORT },
        env,
        async (session) => {
          const found = await searchCulprit(session, platform, violations, since);
          const point = floorToSecond(restorePoint ?? found.proposedPoint ?? since.observedAt);
          const asked = env.RESTORE_POINT_WINDOW_SECONDS > 0 && restorePoint === null;
          const nearby = asked ? nearbyPoints(found, since, point) : [];
          const points = [point, ...nearby.map(({ restoreTime }) => restoreTime)];
          const before = (await baselines.lastGoodBefore(points.toSorted()[0] ?? point)) ?? since;
          const previews = await previewsOrNone(
            session,
            platform,
            points,
            before,
            found.culprit?.xid ?? null,
          );
          const previewOf = (time: string) =>
            previews.find(({ restoreTime }) => restoreTime === time) ?? null;
          return {
            ...found,
            madeFor: restorePoint,
            preview: previewOf(point),
            ...(asked && {
              alternatives: nearby.map((other) => ({ ...other, preview: previewOf(other.restoreTime) })),
            }),
          };
        },
        { statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS },
      );
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable || error instanceof StatementFailed)) throw error;
      return { ...nobodyFound(error.message), madeFor: restorePoint };
    }
  },
  events: (search) => [
    {
      type: 'culprit.searched',
      // Searched again for each point that people want, and once however often it is tried.
      discriminator: search.madeFor ?? '',
      summary: describeSearch(search),
      detail: search,
    },
  ],
});

/** The last good baseline before a point that an operator gave, if that is earlier than the last sound one. */
async function baselineOfPoint(
  baselines: Baselines,
  restorePoint: string | null,
  sound: Baseline | undefined,
): Promise<Baseline | undefined> {
  if (restorePoint === null) return undefined;
  if (sound !== undefined && epochMicros(sound.observedAt) <= epochMicros(restorePoint)) return undefined;
  return baselines.lastGoodBefore(restorePoint);
}
