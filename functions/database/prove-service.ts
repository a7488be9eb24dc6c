import * as z from 'zod';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbFingerprints } from '../../shared/database/dynamodb-fingerprints.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { ProofFailed } from '../../shared/database/errors.ts';
import { examineDatabase } from '../../shared/database/examine-database.ts';
import { latestTradeCheck } from '../../shared/database/latest-trade-check.ts';
import { checkLedger, readLedger } from '../../shared/database/ledger-checks.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { ProofCheck, ServiceProof } from '../../shared/database/proof.ts';
import { countCompared, describeFailures } from '../../shared/database/proof-check.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';
import { checkProxy, ProxyEndpointEnv } from '../../shared/database/proxy-endpoint.ts';
import { serviceCountChecks } from '../../shared/database/service-counts.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';

export const ProveServiceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
  ...ProxyEndpointEnv.shape,
});
export type ProveServiceEnv = z.infer<typeof ProveServiceEnv>;

/** amcheck reads every row of every critical table; the state's own timeout comes after this. */
const STATEMENT_TIMEOUT_MILLIS = 840_000;

/** The slots that are reserved for the recovery suffice (docs/database-user.sql), and the platform keeps most of the server. */
const SESSIONS = 2;

/**
 * SOP Quality Metrics, "Data Integrity: 100% after recovery": all layers on the live endpoint, against everything that was seen good.
 * The trading state is read first: whoever changes it while the proof runs makes the proof worthless, and the epoch shows it.
 */
export const handler = step({
  name: 'ProveService',
  sopStep: 'Quality',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: ServiceProof.extend({ checks: z.array(ProofCheck) }),
  env: ProveServiceEnv,
  run: async ({ incidentId, instance }, { env, clock }) => {
    const trading = await dynamodbTradingStateReader(env.CONTROL_TABLE).read();
    const proofs = dynamodbProofs(env.CONTROL_TABLE);
    const baselines = dynamodbBaselines(env.CONTROL_TABLE, instance.identifier);
    const [platform, ledger, known, restored] = await Promise.all([
      loadPlatformData(),
      readLedger(dynamodbFingerprints(env.CONTROL_TABLE, instance.identifier), baselines),
      baselines.lastGood(),
      proofs.restored(incidentId),
    ]);
    const reference = { ...known, restored };
    const { checks, layerTimes } = await withProofWork(
      SESSIONS,
      (work) =>
        withDatabase(requireEndpoint(instance), env, work, {
          statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS,
        }),
      async (work) => {
        const [examined, fingerprints] = await Promise.all([
          examineDatabase(work, platform, {
            reference: known.baseline,
            counts: (data) => serviceCountChecks(data, platform, reference),
            latestTrade: (at) => latestTradeCheck(at, known.baseline?.latestTradeAt, null),
            indexDepth: 'order',
          }),
          checkLedger(work, platform, ledger, null),
        ]);
        const proxy = await checkProxy(env, examined.identity);
        return { checks: [...examined.checks, ...fingerprints, ...proxy], layerTimes: work.times() };
      },
    );
    if (describeFailures(checks) !== undefined)
      throw new ProofFailed(instance.identifier, { checks, layerTimes });
    const proof: ServiceProof = {
      provenAt: clock.now().toISOString(),
      tradingState: trading?.state ?? 'HALTED',
      tradingEpoch: trading?.epoch ?? 0,
      checksPassed: countCompared(checks),
      layerTimes,
      summary: `${instance.identifier} passed ${countCompared(checks)} checks: server, catalog, storage, counts, latest trade, orphans, invariants and fingerprints`,
    };
    await proofs.storeService(incidentId, proof);
    return { ...proof, checks };
  },
  events: (proof) => [{ type: 'service.proven', summary: proof.summary, detail: proof }],
  refusal: (error) =>
    error instanceof ProofFailed
      ? {
          type: 'service.proven',
          outcome: 'refused',
          discriminator: 'refused',
          summary: `The service is not proven: ${error.message}`,
          detail: error.proof,
        }
      : undefined,
});
