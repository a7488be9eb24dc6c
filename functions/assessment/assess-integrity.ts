import * as z from 'zod';
import { IntegrityDamage } from '../../shared/assessment/damage.ts';
import { judgeIntegrity, judgeOrphans } from '../../shared/assessment/integrity.ts';
import { integrityDamageOf } from '../../shared/assessment/integrity-damage.ts';
import type { Baseline } from '../../shared/database/baseline.ts';
import { valueIn } from '../../shared/database/data-observation.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { driftMinutes } from '../../shared/database/drift.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { endpointOf } from '../../shared/database/endpoint.ts';
import { DatabaseUnreachable, StatementFailed } from '../../shared/database/errors.ts';
import { guardedRead, inSnapshot } from '../../shared/database/guarded-read.ts';
import { observeData, scalar } from '../../shared/database/observe-data.ts';
import { countOrphans } from '../../shared/database/orphans.ts';
import type { PlatformData } from '../../shared/database/platform-data.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import {
  DatabaseAccessEnv,
  DatabaseEndpointEnv,
  type DatabaseSession,
  withDatabase,
} from '../../shared/database/postgres.ts';
import { countRowsAfter } from '../../shared/database/rows-after.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const AssessIntegrityEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type AssessIntegrityEnv = z.infer<typeof AssessIntegrityEnv>;

/** SOP step 2: data against the last good baseline, sessions, affected users, estimated loss. Damaged data is the finding. */
export const handler = step({
  name: 'AssessIntegrity',
  sopStep: '2',
  input: StepInput.extend({ instance: DatabaseInstance.nullable() }),
  output: IntegrityDamage.extend({ lastCommitAt: Timestamp.nullable().default(null) }),
  env: AssessIntegrityEnv,
  run: async ({ instance }, { env }) => {
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, env.DATABASE_IDENTIFIER);
    const [platform, known] = await Promise.all([loadPlatformData(), baselines.lastGood()]);
    try {
      return await withDatabase(endpointOf(instance, env), env, (session) => look(session, platform, known));
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable || error instanceof StatementFailed)) throw error;
      return { status: 'unknown' as const, reason: error.message };
    }
  },
  events: (damage) => [
    {
      type: 'integrity.assessed',
      summary: `The data is ${damage.status}: ${damage.reason}`,
      detail: damage,
    },
  ],
});

async function look(
  session: DatabaseSession,
  platform: PlatformData,
  known: { baseline: Baseline | undefined; firstAfter: Baseline | undefined },
) {
  const observation = await observeData(session, platform, known.baseline);
  const since = known.baseline?.observedAt ?? observation.observedAt;
  const [orphans, after, affectedUsers] = await inSnapshot(session, async () => [
    await countOrphans(session, platform),
    await countRowsAfter(session, platform, since),
    await guardedRead(session, () => scalar(session, platform.affectedUsersSql, [since])),
  ]);
  const finding = judgeOrphans(
    judgeIntegrity(observation, platform, {
      baseline: known.baseline,
      driftMinutes: driftMinutes(known.baseline, known.firstAfter ?? observation),
    }),
    orphans,
  );
  const damage = integrityDamageOf({
    observation,
    finding,
    lastGood: known.baseline,
    firstBad: known.firstAfter,
    affectedUsers: valueIn(affectedUsers),
    after,
  });
  return { ...damage, lastCommitAt: after.newestRowAt ?? observation.lastCommitAt };
}
