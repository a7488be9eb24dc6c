import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { unpackBaseBackup } from '../../infra/local/rds/base-backup.ts';
import { recoveryTargetTime } from '../../infra/local/rds/point-in-time-recovery.ts';
import { locatePostgres } from '../../infra/local/rds/postgres-binaries.ts';
import { giveTo, serverAccount } from '../../infra/local/rds/server-account.ts';
import type { RdsRig } from '../local/rds/rds-rig.ts';

/**
 * Restores the last backup of an instance of the laptop's RDS with nothing but a recovery configuration.
 * @returns milliseconds from starting PostgreSQL to the promoted server.
 */
export async function restoreByHand(rig: RdsRig, identifier: string, target: Date): Promise<number> {
  const source = rig.rds.instances().find((instance) => instance.identifier === identifier);
  if (source === undefined) throw new Error(`${identifier} is gone`);
  const admin = rig.rds.adminConnection(identifier);
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
