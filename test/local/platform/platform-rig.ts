import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { type PlatformSize, preparePlatform } from '../../../infra/local/platform/prepare-platform.ts';
import { locatePostgres } from '../../../infra/local/rds/postgres-binaries.ts';
import { PostgresCluster } from '../../../infra/local/rds/postgres-cluster.ts';
import { giveTo, serverAccount } from '../../../infra/local/rds/server-account.ts';
import { PlatformData } from '../../../shared/database/platform-data.ts';

/** A real PostgreSQL with the platform in it, without an RDS in front. */
export interface PlatformRig {
  /** As the trading services sign in. */
  readonly connection: ClientConfig;
  readonly admin: Client;
  readonly data: PlatformData;
  /** Violations by invariant, all seen in one snapshot. */
  violations(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export async function startPlatformRig(size: PlatformSize): Promise<PlatformRig> {
  const account = serverAccount();
  const directory = await mkdtemp(join(tmpdir(), 'platform-'));
  giveTo(account, directory);
  const cluster = new PostgresCluster(
    { binaries: await locatePostgres(account), account },
    {
      directory: join(directory, 'cluster'),
      socketDirectory: join(directory, 's'),
      adminPassword: randomBytes(8).toString('hex'),
      parameters: {},
    },
    new Date(),
  );
  await cluster.initialise();
  await cluster.start();
  await cluster.withAdmin(async (client) => {
    await client.query('CREATE ROLE platform_admin');
    await client.query('CREATE DATABASE testudo_production');
  }, 'postgres');
  const password = randomBytes(8).toString('hex');
  const admin = new Client(cluster.adminConnection('testudo_production'));
  await admin.connect();
  await preparePlatform(admin, size, {
    owner: 'platform_admin',
    trading: { user: 'trading_app', password },
    recoveryGrants: 'CREATE ROLE testudo_applications NOLOGIN',
  });
  const data = await platformData();
  return {
    connection: {
      ...cluster.adminConnection('testudo_production'),
      user: 'trading_app',
      password,
    },
    admin,
    data,
    violations: () => violations(admin, data),
    async close() {
      await admin.end();
      await cluster.stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until the condition holds. @throws when it does not within ten seconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ten seconds: ${what}`);
    await delay(5);
  }
}

async function platformData(): Promise<PlatformData> {
  const file = new URL('../../../infra/local/platform/platform-data.json', import.meta.url);
  return PlatformData.parse(JSON.parse(await readFile(file, 'utf8')));
}

async function violations(client: Client, data: PlatformData): Promise<Record<string, number>> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const found: Record<string, number> = {};
  for (const { name, sql } of data.invariants) {
    const { rows } = await client.query<{ count: string }>(sql);
    found[name] = Number(rows[0]?.count);
  }
  await client.query('COMMIT');
  return found;
}
