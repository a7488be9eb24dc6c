import * as z from 'zod';
import { bracketChecks } from '../../shared/database/count-bounds.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbFingerprints } from '../../shared/database/dynamodb-fingerprints.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { VerificationFailed } from '../../shared/database/errors.ts';
import { examineDatabase, proofOf } from '../../shared/database/examine-database.ts';
import { latestTradeCheck } from '../../shared/database/latest-trade-check.ts';
import { checkLedger, readLedger } from '../../shared/database/ledger-checks.ts';
import { measureLoss } from '../../shared/database/loss-after-point.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import {
  DatabaseAccessEnv,
  DatabaseEndpointEnv,
  type DatabaseSession,
  withDatabase,
} from '../../shared/database/postgres.ts';
import { RestoredProof } from '../../shared/database/proof.ts';
import { countCompared, describeFailures } from '../../shared/database/proof-check.ts';
import { RestorePoint } from '../../shared/database/restore-point.ts';
import { stopChecks } from '../../shared/database/stop-checks.ts';
import { readStopEvidence } from '../../shared/database/stop-evidence.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { knownCulprit } from '../../shared/incident/known-damage.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const VerifyRestoredDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  DATABASE_IDENTIFIER: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type VerifyRestoredDatabaseEnv = z.infer<typeof VerifyRestoredDatabaseEnv>;

/** amcheck reads every row of every critical table; the state's own timeout comes after this. */
const STATEMENT_TIMEOUT_MILLIS = 840_000;

/** SOP Full Database Restore steps 5-6 on the copy, in layers; one failed check blocks the cut-over. */
export const handler = step({
  name: 'VerifyRestoredDatabase',
  sopStep: 'Restore 5-6',
  input: StepInput.extend({ instance: DatabaseInstance, restorePoint: RestorePoint }),
  output: RestoredProof,
  env: VerifyRestoredDatabaseEnv,
  run: async ({ incidentId, instance, restorePoint }, { env, clock }) => {
    const { restoreTime, baselineBefore, baselineAfter } = restorePoint;
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, env.DATABASE_IDENTIFIER);
    const [platform, events, ledger, before, after] = await Promise.all([
      loadPlatformData(),
      dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId),
      readLedger(dynamodbFingerprints(env.CONTROL_TABLE, env.DATABASE_IDENTIFIER), baselines),
      baselineBefore === null ? undefined : baselines.get(baselineBefore),
      baselineAfter === null ? undefined : baselines.get(baselineAfter),
    ]);
    const onCopy = <Result>(work: (session: DatabaseSession) => Promise<Result>) =>
      withDatabase(requireEndpoint(instance), env, work, {
        statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS,
      });
    const source = { host: env.DATABASE_HOST, port: env.DATABASE_PORT };
    // Nobody writes to the copy: all sessions see the same.
    const [examined, fingerprints, stopEvidence] = await Promise.all([
      onCopy((session) =>
        examineDatabase(session, platform, {
          reference: before,
          counts: (observation) => bracketChecks(observation, platform, { before, after }, restoreTime),
          latestTrade: (at) => latestTradeCheck(at, before?.latestTradeAt, restoreTime),
        }),
      ),
      onCopy((session) => checkLedger(session, platform, ledger, restoreTime)),
      onCopy((session) =>
        readStopEvidence(session, (work) => withDatabase(source, env, work), before, knownCulprit(events)),
      ),
    ]);
    const openedAt = events[0]?.occurredAt ?? clock.now().toISOString();
    const { checks: stop, ...stopped } = stopChecks(stopEvidence, restoreTime, openedAt);
    const examination = { ...examined, checks: [...examined.checks, ...fingerprints, ...stop] };
    const failures = describeFailures(examination.checks);
    if (failures !== undefined) throw new VerificationFailed(`${instance.identifier}: ${failures}`);
    const proof: RestoredProof = {
      ...proofOf(examination, instance.identifier, clock.now().toISOString()),
      restoreTime,
      ...stopped,
      ...(await measureLoss(source, env, platform, restoreTime, before)),
    };
    await dynamodbProofs(env.CONTROL_TABLE).storeRestored(incidentId, proof);
    return proof;
  },
  events: (proof) => [
    {
      type: 'restore.verified',
      discriminator: proof.restoreTime,
      summary: `${proof.databaseIdentifier} holds what it should as of ${proof.restoreTime}: ${countCompared(proof.checks)} checks passed; ${proof.rowsAfterPoint ?? 'an unknown number of'} later rows are on the source alone`,
      detail: proof,
    },
  ],
});
