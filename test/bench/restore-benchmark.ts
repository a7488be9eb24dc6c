import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { platformInstance, type RdsRig, startRig } from '../local/rds/rds-rig.ts';
import { type Benchmark, compare, type Measurement } from './benchmark.ts';
import { restoreByHand } from './restore-by-hand.ts';
import { median } from './statistics.ts';

/** What is restored: rows that are there when the backup is taken, and rows that only the WAL has. */
interface Size {
  readonly name: string;
  readonly seededRows: number;
  readonly walRows: number;
  readonly rounds: number;
}

const SIZES: readonly Size[] = [
  { name: 'small', seededRows: 1000, walRows: 1_000_000, rounds: 5 },
  { name: 'large', seededRows: 8_000_000, walRows: 5_000_000, rounds: 3 },
];
const ROWS_A_BATCH = 500_000;
const PATIENCE_SECONDS = 600;

/** The medians of both ways, and how much there was to restore. */
interface Comparison {
  readonly oursMillis: number;
  readonly byHandMillis: number;
  readonly dataMebibytes: number;
  readonly walMebibytes: number;
}

/**
 * Time in recovery, from starting PostgreSQL to the promoted server, against the same binaries on the same backup and the same WAL
 * started by hand with nothing but a recovery configuration.
 */
export const restoreBenchmark: Benchmark = {
  name: 'restore',
  run: async (progress) => {
    progress(`pgBackRest: ${await pgBackRest()}`);
    const measurements: Measurement[] = [];
    for (const size of SIZES) {
      const say = (line: string) => progress(`${size.name}: ${line}`);
      const { oursMillis, byHandMillis, dataMebibytes, walMebibytes } = await compareRestores(size, say);
      const amount = `${dataMebibytes.toFixed(0)} MiB of data, ${walMebibytes.toFixed(0)} MiB of WAL`;
      measurements.push(
        compare({
          name: `restore: time in recovery, ${amount}`,
          ours: oursMillis,
          floor: byHandMillis,
          unit: 'ms',
          against: 'PostgreSQL started by hand on the same backup and WAL',
          goal: 1.15,
        }),
      );
    }
    return measurements;
  },
};

async function compareRestores(size: Size, progress: (line: string) => void): Promise<Comparison> {
  const source = `bench-${size.name}`;
  const rig = await startRig();
  const ours: number[] = [];
  const byHand: number[] = [];
  try {
    await createSource(rig, source, size);
    progress(`${size.seededRows.toLocaleString('en')} rows are in the backup`);
    const { target, walMebibytes, dataMebibytes } = await writeAndWait(rig, source, size);
    progress(`${size.walRows.toLocaleString('en')} more are in the log`);
    for (let round = 1; round <= size.rounds; round += 1) {
      const restores = [
        async () => ours.push(await restoreByRds(rig, source, `copy-${round}`, target)),
        async () => byHand.push(await restoreByHand(rig, source, target)),
      ];
      // The order alternates, so that neither always finds the files in memory.
      for (const restore of round % 2 === 0 ? restores : restores.toReversed()) await restore();
      progress(`round ${round} of ${size.rounds}: ${last(ours)} ms, by hand ${last(byHand)} ms`);
    }
    return { oursMillis: median(ours), byHandMillis: median(byHand), dataMebibytes, walMebibytes };
  } finally {
    await rig.close();
  }
}

/** The seed is written by the superuser past the endpoint, before the first backup is taken. */
async function createSource(rig: RdsRig, identifier: string, { seededRows }: Size): Promise<void> {
  const plain = platformInstance(identifier);
  await rig.rds.createInstance({
    ...plain,
    prepare: async (client) => {
      await plain.prepare?.(client);
      for (const [from, to] of batches(1001, seededRows)) await client.query(insertRows(from, to));
    },
  });
}

async function writeAndWait(rig: RdsRig, identifier: string, { seededRows, walRows }: Size) {
  const [before] = await rig.sql<{ lsn: string }>(identifier, 'SELECT pg_current_wal_lsn()::text AS lsn');
  for (const [from, to] of batches(seededRows + 1, seededRows + walRows))
    await rig.sql(identifier, insertRows(from, to));
  const [written] = await rig.sql<{ wal: number; data: number }>(
    identifier,
    `SELECT (pg_current_wal_lsn() - '${before?.lsn}'::pg_lsn)::float8 / 2 ^ 20 AS wal,
            pg_database_size(current_database())::float8 / 2 ^ 20 AS data`,
  );
  if (written === undefined) throw new Error(`${identifier} does not say its size`);
  const target = await rig.moment(identifier);
  await rig.sql(identifier, 'DELETE FROM trades WHERE id <= 300000 AND id % 3 = 0');
  await rig.makeRestorable(identifier, target);
  return { target, walMebibytes: written.wal, dataMebibytes: written.data };
}

function batches(first: number, lastRow: number): [number, number][] {
  const found: [number, number][] = [];
  for (let from = first; from <= lastRow; from += ROWS_A_BATCH)
    found.push([from, Math.min(from + ROWS_A_BATCH - 1, lastRow)]);
  return found;
}

const insertRows = (from: number, to: number) =>
  `INSERT INTO trades SELECT n, repeat('x', 60) FROM generate_series(${from}, ${to}) n`;

async function restoreByRds(rig: RdsRig, source: string, identifier: string, target: Date): Promise<number> {
  const copy = await rig.restore(source, identifier, target, PATIENCE_SECONDS);
  if (copy.DBInstanceStatus !== 'available') throw new Error(rig.messagesOf(identifier).join('; '));
  const phase = (name: string) => {
    const found = rig.phases.find((one) => one.instance === identifier && one.name === name);
    if (found === undefined) throw new Error(`${identifier}: no phase ${name}`);
    return found;
  };
  return phase('promote').endedAt - phase('recovery-to-target').startedAt;
}

/** Why pgBackRest is not compared: it would have to restore this very server. */
async function pgBackRest(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('pgbackrest', ['version']);
    return `${stdout.trim()} is installed and not compared: the release that Debian 12 packages (2.45) refuses PostgreSQL 18`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'not installed, not compared';
    throw error;
  }
}

function last(samples: readonly number[]): string {
  return (samples.at(-1) ?? Number.NaN).toFixed(0);
}
