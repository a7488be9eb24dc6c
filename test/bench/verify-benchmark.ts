import { Worker } from 'node:worker_threads';
import type { PlatformSize } from '../../infra/local/platform/prepare-platform.ts';
import type { RestoredProof } from '../../shared/database/proof.ts';
import { type Benchmark, compare, type Measurement } from './benchmark.ts';

const SMALL = { users: 3_300, openPositions: 3_000, trades: 330_000 };
/** With positions, accounts and sessions: 5 million rows. */
const LARGE = { users: 33_000, openPositions: 30_000, trades: 3_300_000 };
/** Layers that read the content of tables, as the floor does; amcheck reads every index besides. */
const CONTENT_LAYERS: readonly string[] = ['counts', 'latest-trade', 'orphans', 'invariants', 'fingerprints'];

/** One size: medians in milliseconds, and what each layer of the last proof took in seconds. */
export interface Measured {
  readonly rows: number;
  readonly proofMillis: number;
  readonly floorMillis: number;
  readonly layers: RestoredProof['layerTimes'];
}

/**
 * The whole proof of a restored copy, as VerifyRestoredDatabase makes it, against one count(*) of each of the same tables, one after
 * the other, and how it grows. Layers are given in the time of all sessions that worked for them, several at once.
 */
export const verifyBenchmark: Benchmark = {
  name: 'verify',
  run: async (progress) => {
    const small = await measureSize(SMALL, progress);
    const large = await measureSize(LARGE, progress);
    const millions = (large.rows / 1e6).toFixed(1);
    const floor = {
      floor: large.floorMillis,
      unit: 'ms',
      against: 'one count(*) of each of the same tables',
    };
    const content = large.layers.filter(({ layer }) => CONTENT_LAYERS.includes(layer));
    return [
      compare({
        name: `verify: full proof, ${millions} million rows`,
        ours: large.proofMillis,
        goal: 6,
        ...floor,
      }),
      compare({
        name: `verify: growth from ${(small.rows / 1e6).toFixed(1)} to ${millions} million rows`,
        ours: large.proofMillis,
        floor: (small.proofMillis * large.rows) / small.rows,
        unit: 'ms',
        against: 'the smaller one, in proportion to its rows',
        goal: 1.15,
      }),
      compare({
        name: 'verify: layers of content, all sessions',
        ours: content.reduce((sum, { seconds }) => sum + seconds * 1000, 0),
        goal: null,
        ...floor,
      }),
      ...large.layers.map(
        ({ layer, seconds }): Measurement =>
          compare({
            name: `verify: layer ${layer}, all sessions`,
            ours: seconds * 1000,
            goal: null,
            ...floor,
          }),
      ),
    ];
  },
};

/** In a thread of its own, with the stand-ins of AWS that belong to it. */
async function measureSize(size: PlatformSize, progress: (line: string) => void): Promise<Measured> {
  const worker = new Worker(new URL('./verify-size.ts', import.meta.url), {
    workerData: size,
    stdout: true,
    env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' },
  });
  return new Promise<Measured>((resolve, reject) => {
    worker.on('message', (said: { line: string } | { measured: Measured }) => {
      if ('line' in said) progress(said.line);
      else resolve(said.measured);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The measurement ended with ${code}`)));
  });
}
