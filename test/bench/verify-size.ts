import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { handler as recordBaseline } from '../../functions/database/record-baseline.ts';
import { handler as recordFingerprints } from '../../functions/database/record-fingerprints.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import { handler as verifyRestoredDatabase } from '../../functions/database/verify-restored-database.ts';
import type { PlatformSize } from '../../infra/local/platform/prepare-platform.ts';
import { type DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import type { RestoredProof } from '../../shared/database/proof.ts';
import { countCompared } from '../../shared/database/proof-check.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { isReady, readinessOf } from '../../shared/database/readiness.ts';
import type { RestorePoint } from '../../shared/database/restore-point.ts';
import { quoted } from '../../shared/database/sql-text.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { floorToSecond } from '../../shared/lambda/timestamp.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
} from '../fixtures/recovery-database.ts';
import { median } from './statistics.ts';
import type { Measured } from './verify-benchmark.ts';

/** Measures one size in a thread of its own: clients of AWS are made once a process, for one set of stand-ins. */
const ROUNDS = 3;

async function measureSize(size: PlatformSize, progress: (line: string) => void): Promise<Measured> {
  // What VACUUM does by itself would fall into the one measurement or the other.
  const database = await startRecoveryDatabase({ autovacuum: 'off' }, undefined, size);
  try {
    const { instance, restorePoint } = await restore(database);
    progress(`${size.trades} trades are restored`);
    await database.sql('VACUUM (ANALYZE)', instance.identifier);
    const proofs: number[] = [];
    const floors: number[] = [];
    let proof: RestoredProof | undefined;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const runs = [
        async () => floors.push(await millisOf(() => countTables(instance))),
        async () =>
          proofs.push(
            await millisOf(async () => {
              proof = await invoke(verifyRestoredDatabase, { ...STEP, instance, restorePoint });
            }),
          ),
      ];
      for (const run of round % 2 === 0 ? runs : runs.toReversed()) await run();
      progress(`round ${round}: ${proofs.at(-1)?.toFixed(0)} ms, floor ${floors.at(-1)?.toFixed(0)} ms`);
    }
    if (proof === undefined) throw new Error('No round was made');
    progress(`${countCompared(proof.checks)} of ${proof.checks.length} checks compared something`);
    const rows = Object.values(proof.counts).reduce((sum, count) => sum + count, 0);
    return {
      rows,
      proofMillis: median(proofs),
      floorMillis: median(floors),
      layers: proof.layerTimes,
    };
  } finally {
    await database.close();
  }
}

/** Seals every hour that has closed, records a baseline, and restores to just after it. */
async function restore(
  database: RecoveryDatabase,
): Promise<{ instance: DatabaseInstance; restorePoint: RestorePoint }> {
  while ((await invoke(recordFingerprints, {})).sequence !== null);
  const { observedAt, good, reasons } = await invoke(recordBaseline, {});
  if (observedAt === null || good !== true) throw new Error(`No good baseline: ${reasons.join('; ')}`);
  const restoreTime = floorToSecond(addSeconds(observedAt, 2));
  const restorableUntil = async () => (await database.instance()).latestRestorableTime ?? '';
  // Recovery stops at a commit after the point: there must be one.
  while ((await restorableUntil()) <= restoreTime)
    await database.sql('SELECT pg_current_xact_id(), pg_sleep(0.2)');
  const { identifier } = await invoke(startRestore, { ...STEP, sourceIdentifier: LIVE, restoreTime });
  return {
    instance: await untilReady(identifier),
    restorePoint: {
      restoreTime,
      chosenAt: restoreTime,
      basis: 'operator',
      reason: 'a benchmark',
      restorable: true,
      latestRestorableTime: null,
      baselineBefore: observedAt,
      baselineAfter: null,
    },
  };
}

async function untilReady(identifier: string): Promise<DatabaseInstance> {
  for (;;) {
    const found = await rdsInstances.find(identifier);
    if (found !== undefined && isReady({ identifier, resourceId: null }, found))
      return summarizeDatabase(found);
    if (readinessOf(found?.status ?? '') === 'failed') throw new Error(`${identifier} is lost`);
    await delay(100);
  }
}

async function countTables(instance: DatabaseInstance): Promise<void> {
  const { criticalTables } = await loadPlatformData();
  await withDatabase(
    requireEndpoint(instance),
    DatabaseAccessEnv.parse(process.env),
    async (session) => {
      for (const { schema, name } of criticalTables) {
        await session.query(`SELECT count(*) FROM ${quoted(schema, name)}`);
      }
    },
    { statementTimeoutMillis: 600_000 },
  );
}

async function millisOf(work: () => Promise<unknown>): Promise<number> {
  const startedAtMillis = performance.now();
  await work();
  return performance.now() - startedAtMillis;
}

const said = (line: string) => parentPort?.postMessage({ line });
parentPort?.postMessage({ measured: await measureSize(workerData as PlatformSize, said) });
