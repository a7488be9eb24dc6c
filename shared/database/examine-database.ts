import { checkStorage, type IndexDepth } from './amcheck-checks.ts';
import type { Baseline } from './baseline.ts';
import { checkCatalog } from './catalog-checks.ts';
import { type DataObservation, type Reading, readValues, valueIn } from './data-observation.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import { countRows, lastCommit, moment, scalar } from './observe-data.ts';
import { orphansOf, referenceName } from './orphans.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { DatabaseProof, LayerTime, ProofCheck, ProofLayer } from './proof.ts';
import { proofCheck, zeroChecks } from './proof-check.ts';
import type { ProofWork } from './proof-work.ts';
import { identifyServer, type ServerIdentity, serverTime } from './server-identity.ts';
import { tableName } from './sql-text.ts';

/** What a proof reads of the data. Each thing is read in a snapshot of its own. */
type ProvenData = Pick<
  DataObservation,
  'observedAt' | 'tables' | 'latestTradeAt' | 'invariants' | 'lastCommitAt'
>;

/** What the numbers are measured against; each gives checks of its layer. */
export interface ProofExpectations {
  /** The baseline whose settled rows are counted again. */
  readonly reference: Baseline | undefined;
  readonly counts: (data: ProvenData) => ProofCheck[];
  readonly latestTrade: (latestTradeAt: string | null) => ProofCheck[];
  readonly indexDepth: IndexDepth;
}

/** Everything that was looked at, passed or not. */
export interface Examination {
  readonly identity: ServerIdentity;
  readonly data: ProvenData;
  readonly checks: readonly ProofCheck[];
}

/**
 * SOP "Verify data integrity" and "Verify critical data": all layers of the database itself, each looked at whatever the others say, so
 * that a person gets every problem at once.
 * @throws {DatabaseUnreachable} when a connection is lost.
 */
export async function examineDatabase(
  work: ProofWork,
  platform: PlatformData,
  expectations: ProofExpectations,
): Promise<Examination> {
  const [identity, catalog, storage, data, orphans] = await Promise.all([
    work.run('reachable', identifyServer),
    work.run('catalog', (session) => checkCatalog(session, platform)),
    checkStorage(work, platform, expectations.indexDepth),
    readData(work, platform, expectations.reference),
    eachRead(work, 'orphans', platform.references, referenceName, (session, reference) =>
      orphansOf(session, platform, reference),
    ),
  ]);
  const { latestTradeAt } = data;
  return {
    identity,
    data,
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
      ...expectations.counts(data),
      ...(latestTradeAt.state === 'read'
        ? expectations.latestTrade(latestTradeAt.value)
        : [proofCheck('latest-trade', 'latestTradeSql', false, 'a time', latestTradeAt.reason)]),
      ...zeroChecks('orphans', orphans, 'orphans'),
      ...zeroChecks('invariants', data.invariants, 'violations'),
    ],
  };
}

async function readData(
  work: ProofWork,
  platform: PlatformData,
  reference: Baseline | undefined,
): Promise<ProvenData> {
  const [observedAt, lastCommitAt] = await work.run('reachable', (session) =>
    inSnapshot(session, async () => [await serverTime(session), await lastCommit(session)] as const),
  );
  const [tables, latestTradeAt, invariants] = await Promise.all([
    eachRead(work, 'counts', platform.criticalTables, tableName, (session, table) =>
      guardedRead(session, () => countRows(session, table, observedAt, reference?.settledBefore)),
    ),
    work.run('latest-trade', (session) =>
      inSnapshot(session, () => guardedRead(session, () => moment(session, platform.latestTradeSql))),
    ),
    eachRead(
      work,
      'invariants',
      platform.invariants,
      ({ name }) => name,
      (session, { sql }) => guardedRead(session, () => scalar(session, sql)),
    ),
  ]);
  return { observedAt, lastCommitAt, tables, latestTradeAt, invariants };
}

/** Reads each thing of a layer as a piece of its own; the readings come in the order of the things. */
async function eachRead<Item, Value>(
  work: ProofWork,
  layer: ProofLayer,
  items: readonly Item[],
  nameOf: (item: Item) => string,
  read: (session: DatabaseSession, item: Item) => Promise<Reading<Value>>,
): Promise<Record<string, Reading<Value>>> {
  const entries = items.map(
    async (item): Promise<[string, Reading<Value>]> => [
      nameOf(item),
      await work.run(layer, (session) => inSnapshot(session, () => read(session, item))),
    ],
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What an examination without failures proves, with the checks of the other layers. */
export function proofOf(
  { identity, data }: Examination,
  checks: readonly ProofCheck[],
  layerTimes: readonly LayerTime[],
  { databaseIdentifier, provenAt }: Pick<DatabaseProof, 'databaseIdentifier' | 'provenAt'>,
): DatabaseProof {
  return {
    provenAt,
    databaseIdentifier,
    systemIdentifier: identity.systemIdentifier,
    timelineId: identity.timelineId,
    checks: [...checks],
    layerTimes: [...layerTimes],
    counts: Object.fromEntries(
      Object.entries(readValues(data.tables)).map(([name, { count }]) => [name, count]),
    ),
    latestTradeAt: valueIn(data.latestTradeAt),
    lastCommitAt: data.lastCommitAt,
  };
}
