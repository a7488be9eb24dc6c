import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DbInstance } from '../../../infra/local/rds/instance.ts';
import {
  RecoveryEndedEarly,
  type RecoveryPhase,
  RecoveryTargetOutsideWindow,
  recoverToPointInTime,
  recoveryTargetTime,
} from '../../../infra/local/rds/point-in-time-recovery.ts';
import { locatePostgres } from '../../../infra/local/rds/postgres-binaries.ts';
import { PostgresCluster } from '../../../infra/local/rds/postgres-cluster.ts';
import { giveTo, serverAccount } from '../../../infra/local/rds/server-account.ts';
import { WalArchiveDamaged } from '../../../infra/local/rds/wal-archive.ts';
import { DATABASE, platformInstance, type RdsRig, startRig } from './rds-rig.ts';

/** The source: 1,000 seeded trades, 100 good ones, then an accident, all of it archived. */
let rig: RdsRig;
let source: DbInstance;
let accident: string;
const account = serverAccount();
const clusters: PostgresCluster[] = [];
const socketDirectories: string[] = [];

beforeAll(async () => {
  rig = await startRig();
  source = await rig.rds.createInstance(platformInstance('platform'));
  for (const from of [1001, 1051]) {
    await rig.sql(
      'platform',
      `INSERT INTO trades SELECT n, 'good' FROM generate_series(${from}, ${from + 49}) n`,
    );
    await rig.makeRestorable('platform', await rig.moment('platform'));
  }
  const moment = await rig.moment('platform');
  accident = moment.toISOString();
  await rig.sql('platform', 'TRUNCATE trades');
  await rig.makeRestorable('platform', await rig.moment('platform'));
});
afterEach(() => Promise.all(clusters.splice(0).map((cluster) => cluster.stop('immediate'))));
afterAll(async () => {
  await rig.close();
  for (const directory of socketDirectories) rmSync(directory, { recursive: true, force: true });
});

async function recover(target: string, onPhase: (name: RecoveryPhase) => void = () => undefined) {
  const directory = mkdtempSync(join(rig.stateDirectory, 'copy-'));
  giveTo(account, directory);
  const socketDirectory = mkdtempSync(join(tmpdir(), 'pitr-'));
  giveTo(account, socketDirectory);
  const cluster = new PostgresCluster(
    { binaries: await locatePostgres(account), account },
    { directory, socketDirectory, adminPassword: source.adminPassword, parameters: {} },
    new Date(),
  );
  clusters.push(cluster);
  socketDirectories.push(socketDirectory);
  const { backups, archive } = source;
  const stop = await recoverToPointInTime({
    ...{ backups, archive, target, cluster, account, onPhase },
    sourceParameters: source.cluster.parameters,
  });
  return { cluster, stop };
}

async function rows(cluster: PostgresCluster): Promise<number | undefined> {
  const count = await cluster.withAdmin(
    (client) => client.query<{ rows: number }>('SELECT count(*)::int AS rows FROM trades'),
    DATABASE,
  );
  return count.rows[0]?.rows;
}

/** Takes files out of the source's archive while `work` runs. */
async function withoutFiles(names: readonly string[], work: () => Promise<void>): Promise<void> {
  const path = (name: string) => join(source.archive.directory, name);
  for (const name of names) renameSync(path(name), `${path(name)}.hidden`);
  await work().finally(() => {
    for (const name of names) renameSync(`${path(name)}.hidden`, path(name));
  });
}

test('the stop lies between the last commit that is kept and the first that is not', async () => {
  const { cluster, stop } = await recover(accident);
  expect(await rows(cluster)).toBe(1100);
  const target = new Date(accident).getTime();
  expect(new Date(stop.lastReplayedCommit ?? '').getTime()).toBeLessThanOrEqual(target);
  expect(new Date(stop.firstExcludedCommit).getTime()).toBeGreaterThanOrEqual(target);
});

test('the copy archives into an archive of its own, on a timeline of its own', async () => {
  const before = readdirSync(source.archive.directory);
  const { cluster } = await recover(accident);
  const [switched] = await cluster.withAdmin(
    async (client) =>
      (await client.query<{ segment: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS segment')).rows,
  );
  expect(switched?.segment.startsWith('00000002')).toBe(true);
  expect(cluster.archiveDirectory).not.toBe(source.archive.directory);
  expect(readdirSync(source.archive.directory).filter((name) => name.startsWith('00000002'))).toEqual([]);
  expect(before.every((name) => existsSync(join(source.archive.directory, name)))).toBe(true);
});

test('a target before the end of the oldest backup is refused before anything is written', async () => {
  const early = new Date(new Date(source.backups[0]?.consistentFrom ?? '').getTime() - 1).toISOString();
  await expect(recover(early)).rejects.toThrow(RecoveryTargetOutsideWindow);
  expect(existsSync(clusters[0]?.dataDirectory ?? '')).toBe(false);
});

test('a target after the last archived commit is refused', async () => {
  await expect(recover(new Date(Date.now() + 60_000).toISOString())).rejects.toThrow(
    RecoveryTargetOutsideWindow,
  );
});

test('a target at the very end of the restorable window is reached', async () => {
  const { cluster, stop } = await recover(source.archive.coveredUntil ?? '');
  expect(await rows(cluster)).toBe(0);
  expect(stop.firstExcludedCommit).not.toBe('');
});

test('a missing segment is named and the copy never starts', async () => {
  const [, missing = ''] = source.archive.segments;
  const needed = source.archive.segmentsFor(
    { timeline: 1, position: source.backups[0]?.manifest.startPosition ?? '' },
    accident,
  );
  const name = needed.includes(missing) ? missing : (needed[0] ?? '');
  await withoutFiles([name], async () => {
    await expect(recover(accident)).rejects.toThrow(
      new WalArchiveDamaged(`WAL segment ${name} is missing from the archive`),
    );
  });
  expect(clusters[0]?.running).toBe(false);
});

test('a segment that vanishes during the recovery ends it, instead of a silent promotion with less data', async () => {
  const needed = source.archive.segmentsFor(
    { timeline: 1, position: source.backups[0]?.manifest.startPosition ?? '' },
    accident,
  );
  const last = needed.at(-1) ?? '';
  const path = join(source.archive.directory, last);
  const recovery = recover(accident, (phase) => {
    if (phase === 'recovery-to-target') renameSync(path, `${path}.hidden`);
  });
  await expect(recovery.finally(() => renameSync(`${path}.hidden`, path))).rejects.toThrow(
    /recovery ended before configured recovery target was reached/,
  );
  expect(clusters[0]?.running).toBe(false);
});

test('an archive that cannot be read ends the recovery, because it is not an empty archive', async () => {
  const { directory } = source.archive;
  const recovery = recover(accident, (phase) => {
    if (phase === 'recovery-to-target') renameSync(directory, `${directory}.gone`);
  });
  await expect(recovery.finally(() => renameSync(`${directory}.gone`, directory))).rejects.toThrow(
    RecoveryEndedEarly,
  );
  expect(clusters[0]?.logSince(0)).toMatch(/could not restore file .* from archive: .*exit.* code 201/i);
});

test('another timeline in the archive is not followed', async () => {
  const forged = [
    '00000002.history',
    ...source.archive.segments.slice(-2).map((name) => `00000002${name.slice(8)}`),
  ];
  const paths = forged.map((name) => join(source.archive.directory, name));
  writeFileSync(paths[0] ?? '', `1\t0/${(0x400028).toString(16)}\tno recovery target specified\n`);
  for (const [index, name] of source.archive.segments.slice(-2).entries()) {
    copyFileSync(join(source.archive.directory, name), paths[index + 1] ?? '');
  }
  for (const path of paths) giveTo(account, path);
  const { cluster } = await recover(accident).finally(() => {
    for (const path of paths) rmSync(path);
  });
  expect(await rows(cluster)).toBe(1100);
  expect(cluster.logSince(0)).not.toMatch(/restored log file "00000002[0-9A-F]{16}"/);
});

test('the target time is given with its zone, and not with the letter that PostgreSQL refuses', () => {
  expect(recoveryTargetTime('2026-11-22T10:00:00.123Z')).toBe('2026-11-22 10:00:00.123000+00');
});
