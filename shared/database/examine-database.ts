import { checkStorage } from './amcheck-checks.ts';
import type { Baseline } from './baseline.ts';
import { checkCatalog } from './catalog-checks.ts';
import { type DataObservation, readValues, valueIn } from './data-observation.ts';
import { inSnapshot } from './guarded-read.ts';
import { observeData } from './observe-data.ts';
import { countOrphans } from './orphans.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { DatabaseProof, ProofCheck } from './proof.ts';
import { proofCheck, zeroChecks } from './proof-check.ts';
import { identifyServer, type ServerIdentity } from './server-identity.ts';

/** What the numbers are measured against; each gives checks of its layer. */
export interface ProofExpectations {
  /** The baseline whose settled rows are counted again. */
  readonly reference: Baseline | undefined;
  readonly counts: (observation: DataObservation) => ProofCheck[];
  readonly latestTrade: (latestTradeAt: string | null) => ProofCheck[];
}

/** Everything that was looked at, passed or not. */
export interface Examination {
  readonly identity: ServerIdentity;
  readonly observation: DataObservation;
  readonly checks: ProofCheck[];
}

/**
 * SOP "Verify data integrity" and "Verify critical data": all layers, each looked at whatever the others say, so that a person gets
 * every problem at once.
 * @throws {DatabaseUnreachable} when the connection is lost.
 */
export async function examineDatabase(
  session: DatabaseSession,
  platform: PlatformData,
  expectations: ProofExpectations,
): Promise<Examination> {
  const identity = await identifyServer(session);
  const catalog = await checkCatalog(session, platform);
  const storage = await checkStorage(session, platform);
  const observation = await observeData(session, platform, expectations.reference);
  const orphans = await inSnapshot(session, () => countOrphans(session, platform));
  const { latestTradeAt } = observation;
  return {
    identity,
    observation,
    checks: [
      proofCheck(
        'reachable',
        'server',
        !identity.inRecovery,
        'an answer from a server out of recovery',
        identity.inRecovery ? 'a server in recovery' : `timeline ${identity.timelineId}`,
      ),
      ...catalog,
      ...storage,
      ...expectations.counts(observation),
      ...(latestTradeAt.state === 'read'
        ? expectations.latestTrade(latestTradeAt.value)
        : [proofCheck('latest-trade', 'latestTradeSql', false, 'a time', latestTradeAt.reason)]),
      ...zeroChecks('orphans', orphans, 'orphans'),
      ...zeroChecks('invariants', observation.invariants, 'violations'),
    ],
  };
}

/** What an examination without failures proves. */
export function proofOf(
  { identity, observation, checks }: Examination,
  databaseIdentifier: string,
  provenAt: string,
): DatabaseProof {
  return {
    provenAt,
    databaseIdentifier,
    systemIdentifier: identity.systemIdentifier,
    timelineId: identity.timelineId,
    checks,
    counts: Object.fromEntries(
      Object.entries(readValues(observation.tables)).map(([name, { count }]) => [name, count]),
    ),
    latestTradeAt: valueIn(observation.latestTradeAt),
    lastCommitAt: observation.lastCommitAt,
  };
}
