import { mkdirSync, writeFileSync } from 'node:fs';
import type { Benchmark, Measurement } from './benchmark.ts';
import { drillBenchmark } from './drill-benchmark.ts';
import { haltBenchmark } from './halt-benchmark.ts';
import { restoreBenchmark } from './restore-benchmark.ts';
import { verifyBenchmark } from './verify-benchmark.ts';
import { waitingBenchmark } from './waiting-benchmark.ts';

const BENCHMARKS: readonly Benchmark[] = [
  haltBenchmark,
  restoreBenchmark,
  verifyBenchmark,
  waitingBenchmark,
  drillBenchmark,
];

/** Runs the benchmarks that are named on the command line, or all; prints a table and writes `.bench/results.json`. */
async function main(names: readonly string[]): Promise<boolean> {
  const unknown = names.filter((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name));
  if (unknown.length > 0) {
    throw new Error(
      `No benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.map(({ name }) => name).join(', ')}`,
    );
  }
  const measurements: Measurement[] = [];
  for (const { name, run } of BENCHMARKS) {
    if (names.length > 0 && !names.includes(name)) continue;
    measurements.push(...(await run((line) => console.log(`${name}: ${line}`))));
  }
  console.table(measurements.map(row));
  mkdirSync('.bench', { recursive: true });
  writeFileSync(
    '.bench/results.json',
    `${JSON.stringify({ measuredAt: new Date().toISOString(), node: process.version, measurements }, null, 2)}\n`,
  );
  return measurements.every(reached);
}

function reached({ ratio, goal }: Measurement): boolean {
  return goal === null || ratio <= goal;
}

function row(measurement: Measurement) {
  const { name, ours, floor, unit, against, ratio, goal } = measurement;
  return {
    measured: name,
    ours: `${ours.toFixed(1)} ${unit}`,
    floor: `${floor.toFixed(1)} ${unit}`,
    against,
    ratio: ratio.toFixed(2),
    goal: goal === null ? '' : `<= ${goal}`,
    reached: goal === null ? '' : reached(measurement) ? 'yes' : 'NO',
  };
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
