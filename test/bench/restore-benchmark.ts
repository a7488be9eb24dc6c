import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { unpackBaseBackup } from '../../infra/local/rds/base-backup.ts';
import type { DbInstance } from '../../infra/local/rds/instance.ts';
import { recoveryTargetTime } from '../../infra/local/rds/point-in-time-recovery.ts';
import { locatePostgres } from '../../infra/local/rds/postgres-binaries.ts';
import { giveTo, serverAccount } from '../../infra/local/rds/server-account.ts';
import { platformInstance, type RdsRig, startRig } from '../local/rds/rds-rig.ts';
import { type Benchmark, compare } from './benchmark.ts';
import { median } from './statistics.ts';

const ROUNDS = 5;
const ROWS_A_BATCH = 100_000;
const BATCHES = 10;
const SOURCE = 'bench';

/**
 * Time in recovery, from starting PostgreSQL to the promoted server, against the same binaries on the same backup and the same WAL
 * started by hand with nothing but a recovery configuration.
 */
export const restoreBenchmark: Benchmark = {
  name: 'restore',
  run: async (progress) => {
    const rig = await startRig();
    const ours: number[] = [];
    const byHand: number[] = [];
    try {
      await rig.rds.createInstance(platformInstance(SOURCE));
      const target = await writeAndWait(rig, progress);
      const source = rig.rds.instances().find(({ identifier }) => identifier === SOURCE);
      if (source === undefined) throw new Error(`${SOURCE} is gone`);
      for (let round = 1; round <= ROUNDS; round += 1) {
        const restores = [
          async () => ours.push(await restoreByRds(rig, `copy-${round}`, target)),
          async () => byHand.push(await restoreByHand(source, rig.rds.adminConnection(SOURCE), target)),
        ];
        // The order alternates, so that neither always finds the files in memory.
        for (const restore of round % 2 === 0 ? restores : restores.toReversed()) await restore();
        progress(`round ${round} of ${ROUNDS}: ${last(ours)} ms, by hand ${last(byHand)} ms`);
      }
    } finally {
      await rig.close();
    }
    return [
      compare({
        name: `restore: time in recovery, ${(ROWS_A_BATCH * BATCHES).toLocaleString('en')} rows of WAL`,
        ours: median(ours),
        floor: median(byHand),
        unit: 'ms',
        against: 'PostgreSQL started by hand on the same backup and WAL',
        goal: 1.15,
      }),
    ];
  },
};

async function writeAndWait(rig: RdsRig, progress: (line: string) => void): Promise<Date> {
  for (let batch = 1; batch <= BATCHES; batch += 1) {
    const first = batch * 10_000_000;
    await rig.sql(
      SOURCE,
      `INSERT INTO trades SELECT n, repeat('x', 60) FROM generate_series(${first}, ${first + ROWS_A_BATCH - 1}) n`,
    );
  }
  progress(`${BATCHES * ROWS_A_BATCH} rows are written`);
  const target = await rig.moment(SOURCE);
  await rig.sql(SOURCE, 'DELETE FROM trades WHERE id % 3 = 0');
  await rig.makeRestorable(SOURCE, target);
  return target;
}

async function restoreByRds(rig: RdsRig, identifier: string, target: Date): Promise<number> {
  const copy = await rig.restore(SOURCE, identifier, target);
  if (copy.DBInstanceStatus !== 'available') throw new Error(rig.messagesOf(identifier).join('; '));
  const phase = (name: string) => {
    const found = rig.phases.find((one) => one.instance === identifier && one.name === name);
    if (found === undefined) throw new Error(`${identifier}: no phase ${name}`);
    return found;
  };
  return phase('promote').endedAt - phase('recovery-to-target').startedAt;
}

async function restoreByHand(source: DbInstance, admin: ClientConfig, target: Date): Promise<number> {
  const account = serverAccount();
  const directory = mkdtempSync(join(tmpdir(), 'bench-restore-'));
  chmodSync(directory, 0o755);
  const dataDirectory = join(directory, 'data');
  const socketDirectory = join(directory, 'socket');
  mkdirSync(socketDirectory);
  giveTo(account, directory);
  giveTo(account, socketDirectory);
  const backup = source.backups.at(-1);
  if (backup === undefined) throw new Error('The source has no backup');
  await unpackBaseBackup(backup, dataDirectory, account);
  writeFileSync(join(dataDirectory, 'recovery.signal'), '');
  giveTo(account, join(dataDirectory, 'recovery.signal'));
  appendFileSync(
    join(dataDirectory, 'postgresql.auto.conf'),
    [
      `unix_socket_directories = '${socketDirectory}'`,
      'archive_mode = off',
      `restore_command = 'cp ${source.archive.directory}/%f %p'`,
      `recovery_target_time = '${recoveryTargetTime(target.toISOString())}'`,
      "recovery_target_timeline = 'current'",
      "recovery_target_action = 'promote'",
      '',
    ].join('\n'),
  );
  const { postgres } = await locatePostgres(account);
  const startedAt = performance.now();
  const server = spawn(postgres, ['-D', dataDirectory], { ...account, cwd: '/', stdio: 'ignore' });
  try {
    await untilPromoted({ ...admin, host: socketDirectory }, server);
    return performance.now() - startedAt;
  } finally {
    server.kill('SIGQUIT');
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Asks as often as the laptop's RDS does, so that neither gains by looking sooner. */
async function untilPromoted(connection: ClientConfig, server: ChildProcess): Promise<void> {
  let waitMillis = 2;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    if (await isPromoted(connection)) return;
    await delay(waitMillis);
    waitMillis = Math.min(waitMillis * 1.5, 50);
  }
}

async function isPromoted(connection: ClientConfig): Promise<boolean> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
    return rows[0]?.recovering === false;
  } catch {
    // Not yet accepting connections.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function last(samples: readonly number[]): string {
  return (samples.at(-1) ?? Number.NaN).toFixed(0);
}
