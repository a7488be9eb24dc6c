import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Benchmark } from './benchmark.ts';

const GOAL_SECONDS = 45;
const GOAL_OVERHEAD_SHARE = 0.2;

const Result = z.object({
  passed: z.boolean(),
  time: z.object({
    restoreWorkSeconds: z.number(),
    overheadSeconds: z.number(),
    overheadPercent: z.number(),
  }),
});

/** The default drill as a user runs it, and how much of the recovery is our own work instead of the databases'. */
export const drillBenchmark: Benchmark = {
  name: 'drill',
  run: async (progress) => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-drill-'));
    try {
      progress('running the default drill');
      const startedAt = performance.now();
      const drill = spawn(process.execPath, ['infra/local/drill.ts', '--output', directory], {
        stdio: 'ignore',
      });
      const [code] = (await once(drill, 'exit')) as [number | null];
      const seconds = (performance.now() - startedAt) / 1000;
      if (code !== 0) throw new Error(`The drill ended with ${code}`);
      const { time } = Result.parse(JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')));
      return [
        {
          name: 'drill: the default one, whole',
          ours: seconds,
          floor: GOAL_SECONDS,
          unit: 's',
          against: 'the promised time',
          ratio: seconds / GOAL_SECONDS,
          goal: 1,
        },
        {
          name: 'drill: our own share of the drill',
          ours: time.overheadSeconds,
          floor: seconds,
          unit: 's',
          against: 'the whole drill',
          ratio: time.overheadSeconds / seconds,
          goal: GOAL_OVERHEAD_SHARE,
        },
        {
          name: 'drill: our own share of the recovery',
          ours: time.overheadSeconds,
          floor: time.restoreWorkSeconds,
          unit: 's',
          against: 'real work on databases',
          ratio: time.overheadPercent / 100,
          goal: null,
        },
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
