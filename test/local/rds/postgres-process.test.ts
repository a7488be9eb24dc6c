import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { until } from './rds-rig.ts';

const parent = join(import.meta.dirname, '../../../.local/tests');
mkdirSync(parent, { recursive: true });
const directory = mkdtempSync(join(parent, 'process-'));
chmodSync(directory, 0o777);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a cluster from another Node process, which then waits for ever. */
const OWNER = `
  const { locatePostgres } = await import('./postgres-binaries.ts');
  const { PostgresCluster } = await import('./postgres-cluster.ts');
  const { serverAccount } = await import('./server-account.ts');
  const account = serverAccount();
  const [directory, socketDirectory] = process.argv.slice(1);
  const cluster = new PostgresCluster(
    { binaries: await locatePostgres(account), account },
    { directory, socketDirectory, adminPassword: 'secret', parameters: {} },
    new Date(),
  );
  await cluster.initialise();
  await cluster.start();
  console.log(cluster.dataDirectory);
  setInterval(() => undefined, 60_000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('no server outlives its owner, however the owner ends', async () => {
  const socketDirectory = mkdtempSync('/tmp/pg-');
  chmodSync(socketDirectory, 0o777);
  const owner = spawn(
    process.execPath,
    ['--input-type=module', '-e', OWNER, join(directory, 'cluster'), join(socketDirectory, 's')],
    { cwd: join(import.meta.dirname, '../../../infra/local/rds'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const dataDirectory = await new Promise<string>((resolve) => {
    owner.stdout.once('data', (line) => resolve(String(line).trim()));
  });
  const pidFile = join(dataDirectory, 'postmaster.pid');
  const server = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  expect(isAlive(server)).toBe(true);

  owner.kill('SIGKILL');

  await until('the server is gone', () => (isAlive(server) ? undefined : true));
  await until('its pid file is gone', () => (existsSync(pidFile) ? undefined : true));
  rmSync(socketDirectory, { recursive: true, force: true });
});
