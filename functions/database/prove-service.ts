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
import { readNetPositions } from '../../shared/database/net-positions.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { ProofCheck, ServiceProof } from '../../shared/database/proof.ts';
import { countCompared, describeFailures } from '../../shared/database/proof-check.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';
import { checkProxy, ProxyEndpointEnv } from '../../shared/database/proxy-endpoint.ts';
import { serviceCountChecks } from '../../shared/database/service-counts.ts';
import type { OnDatabase } from '../../shared/database/session-pool.ts';
import { PositionsDiffer } from '../../shared/exchange/errors.ts';
import {
  comparePositions,
  describePositions,
  PositionComparison,
  PositionTolerances,
  positionConcerns,
} from '../../shared/exchange/position-comparison.ts';
import { ExchangePositions } from '../../shared/exchange/positions-endpoint.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';

export const ProveServiceEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  EXCHANGE_POSITION_TOLERANCES: jsonVariable(PositionTolerances),
  ON_POSITION_DIFFERENCE: z.enum(['ask', 'halt']),
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
  input: StepInput.extend({
    instance: DatabaseInstance,
    /** Of every exchange that is configured to report; null when they could not be asked. */
    exchangePositions: z.array(ExchangePositions).nullable(),
  }),
  output: ServiceProof.extend({
    checks: z.array(ProofCheck),
    /** Null when nothing was compared: no exchange reports, or trading goes on meanwhile. */
    positions: PositionComparison.nullable(),
  }),
  env: ProveServiceEnv,
  run: async ({ incidentId, instance, exchangePositions }, { env, clock }) => {
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
    const onService: OnDatabase = (work) =>
      withDatabase(requireEndpoint(instance), env, work, {
        statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS,
      });
    const { checks, layerTimes } = await withProofWork(SESSIONS, onService, async (work) => {
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
    });
    if (describeFailures(checks) !== undefined)
      throw new ProofFailed(instance.identifier, { checks, layerTimes });
    const positions =
      trading?.state === 'ACTIVE' || exchangePositions?.length === 0
        ? null
        : comparePositions(
            exchangePositions,
            await onService((session) => readNetPositions(session, platform)),
            env.EXCHANGE_POSITION_TOLERANCES,
          );
    const concerns = positions === null ? [] : positionConcerns(positions);
    if (positions !== null && concerns.length > 0 && env.ON_POSITION_DIFFERENCE === 'halt')
      throw new PositionsDiffer(`${instance.identifier}: ${concerns.join('; ')}`, positions);
    const proof: ServiceProof = {
      provenAt: clock.now().toISOString(),
      tradingState: trading?.state ?? 'HALTED',
      tradingEpoch: trading?.epoch ?? 0,
      checksPassed: countCompared(checks),
      layerTimes,
      summary: `${instance.identifier} passed ${countCompared(checks)} checks: server, catalog, storage, counts, latest trade, orphans, invariants and fingerprints`,
    };
    await proofs.storeService(incidentId, proof);
    return { ...proof, checks, positions };
  },
  events: ({ positions, ...proof }) => [
    { type: 'service.proven', summary: proof.summary, detail: proof },
    {
      type: 'positions.compared',
      summary: describePositions(positions),
      detail: { comparison: positions },
    },
  ],
  refusal: (error) => {
    if (error instanceof ProofFailed)
      return {
        type: 'service.proven',
        outcome: 'refused',
        discriminator: 'refused',
        summary: `The service is not proven: ${error.message}`,
        detail: error.proof,
      };
    return error instanceof PositionsDiffer
      ? {
          type: 'positions.compared',
          outcome: 'refused',
          summary: `Trading may not resume: ${describePositions(error.comparison)}`,
          detail: { comparison: error.comparison },
        }
      : undefined;
  },
});
