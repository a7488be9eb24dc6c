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
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { RestoredProof } from '../../shared/database/proof.ts';
import { countCompared, describeFailures } from '../../shared/database/proof-check.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';
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

/** Nobody else needs the copy: as many as a small instance has use for. */
const SESSIONS = 4;

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
    const source = { host: env.DATABASE_HOST, port: env.DATABASE_PORT };
    const { examined, checks, layerTimes, stopped } = await withProofWork(
      SESSIONS,
      (work) =>
        withDatabase(requireEndpoint(instance), env, work, {
          statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS,
        }),
      async (work) => {
        const [found, fingerprints, evidence] = await Promise.all([
          examineDatabase(work, platform, {
            reference: before,
            counts: (data) => bracketChecks(data, platform, { before, after }, restoreTime),
            latestTrade: (at) => latestTradeCheck(at, before?.latestTradeAt, restoreTime),
            indexDepth: 'parents',
          }),
          checkLedger(work, platform, ledger, restoreTime),
          work.run('stop', (session) =>
            readStopEvidence(session, (ask) => withDatabase(source, env, ask), before, knownCulprit(events)),
          ),
        ]);
        const openedAt = events[0]?.occurredAt ?? clock.now().toISOString();
        const { checks: stop, ...known } = stopChecks(evidence, restoreTime, openedAt);
        return {
          examined: found,
          checks: [...found.checks, ...fingerprints, ...stop],
          layerTimes: work.times(),
          stopped: known,
        };
      },
    );
    if (describeFailures(checks) !== undefined)
      throw new VerificationFailed(instance.identifier, { checks, layerTimes });
    const proof: RestoredProof = {
      ...proofOf(examined, checks, layerTimes, {
        databaseIdentifier: instance.identifier,
        provenAt: clock.now().toISOString(),
      }),
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
  refusal: (error, { restorePoint }) =>
    error instanceof VerificationFailed
      ? {
          type: 'restore.verified',
          outcome: 'refused',
          discriminator: `refused ${restorePoint.restoreTime}`,
          summary: `The cut-over is blocked: ${error.message}`,
          detail: error.proof,
        }
      : undefined,
});
