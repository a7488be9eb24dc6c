import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DBInstance,
  DescribeDBInstancesCommand,
  RDSClient,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { Client, type ClientConfig } from 'pg';
import type { InstanceSpec } from '../../../infra/local/rds/create-instance.ts';
import type { RdsEventBridgeEvent } from '../../../infra/local/rds/events.ts';
import { uploadLogs } from '../../../infra/local/rds/log-upload.ts';
import type { RdsPhase } from '../../../infra/local/rds/rds-context.ts';
import { type RdsOptions, type RdsServer, startRds } from '../../../infra/local/rds/rds-server.ts';

/** A running RDS with its real SDK client, and what it has reported. */
export interface RdsRig {
  rds: RdsServer;
  sdk: RDSClient;
  events: RdsEventBridgeEvent[];
  phases: RdsPhase[];
  refusals: string[];
  /** What clients with a token have asked of databases. */
  statements: Parameters<NonNullable<RdsOptions['onStatement']>>[0][];
  stateDirectory: string;
  /** Waits until an instance has one of the statuses, and returns it. */
  untilStatus(identifier: string, ...statuses: string[]): Promise<DBInstance>;
  describe(identifier: string): Promise<DBInstance>;
  /** Connects through the endpoint of an identifier. */
  connect(identifier: string, config: ClientConfig): Promise<Client>;
  /** A moment after every commit so far and before any later one. */
  moment(identifier: string): Promise<Date>;
  /** Uploads the logs, so that a moment of the past is restorable. */
  makeRestorable(identifier: string, moment: Date): Promise<void>;
  /** Restores, waits for the end of it, for 20 s unless told otherwise, and returns the copy. */
  restore(source: string, target: string, moment: Date, patienceSeconds?: number): Promise<DBInstance>;
  /** Texts of the events of an instance. */
  messagesOf(identifier: string): string[];
  /** Runs a statement as superuser, past the endpoint. */
  sql<T extends object>(identifier: string, statement: string, database?: string): Promise<T[]>;
  close(): Promise<void>;
}

export const DATABASE = 'platform';
export const MASTER = { user: 'platform_admin', password: 'correct horse' };
export const SECRETS: Record<string, string> = {
  AKIARECOVERY: 'recovery-secret',
  AKIASTRANGER: 'stranger-secret',
};

/** Starts RDS for one test file, with a state directory of its own. */
export async function startRig(overrides: Partial<RdsOptions> = {}): Promise<RdsRig> {
  const parent = join(import.meta.dirname, '../../../.local/tests');
  mkdirSync(parent, { recursive: true });
  const stateDirectory = mkdtempSync(join(parent, 'rds-'));
  chmodSync(stateDirectory, 0o755);
  const events: RdsEventBridgeEvent[] = [];
  const phases: RdsPhase[] = [];
  const refusals: string[] = [];
  const statements: RdsRig['statements'] = [];
  const rds = await startRds({
    stateDirectory,
    region: 'eu-central-1',
    accountId: '111122223333',
    timeScale: 300,
    logUploadIntervalMillis: 600_000,
    iamUsers: ['recovery'],
    secretAccessKeyOf: (accessKeyId) => SECRETS[accessKeyId],
    authorizeConnect: ({ accessKeyId }) => accessKeyId === 'AKIARECOVERY',
    securityGroups: {
      rules: new Map([
        ['sg-database', { allowedSourceGroups: ['sg-functions', 'sg-platform'] }],
        ['sg-closed', { allowedSourceGroups: [] }],
      ]),
      groupsOfAccessKey: (accessKeyId) => (accessKeyId.startsWith('AKIA') ? ['sg-functions'] : []),
      groupsOfUser: (user) => (user === MASTER.user ? ['sg-platform'] : []),
    },
    onEvent: (event) => events.push(event),
    onPhase: (phase) => phases.push(phase),
    onSignInRefused: ({ reason }) => refusals.push(reason),
    onStatement: (statement) => statements.push(statement),
    ...overrides,
  });
  const sdk = new RDSClient({
    endpoint: rds.address,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIARECOVERY', secretAccessKey: 'recovery-secret' },
    maxAttempts: 1,
  });
  const describe = async (identifier: string) => {
    const { DBInstances: found } = await sdk.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    const [instance] = found ?? [];
    if (!instance) throw new Error(`${identifier} is not described`);
    return instance;
  };
  const sql = async <T extends object>(identifier: string, statement: string, database = DATABASE) => {
    const client = new Client(rds.adminConnection(identifier, database));
    await client.connect();
    try {
      return (await client.query(statement)).rows as T[];
    } finally {
      await client.end();
    }
  };
  const seeStatus = async (identifier: string, statuses: readonly string[]) => {
    const instance = await describe(identifier).catch(() => undefined);
    return instance && statuses.includes(instance.DBInstanceStatus ?? '') ? instance : undefined;
  };
  const untilStatus = (identifier: string, ...statuses: string[]) =>
    until(`${identifier} is ${statuses}`, () => seeStatus(identifier, statuses));
  return {
    rds,
    sdk,
    events,
    phases,
    refusals,
    statements,
    stateDirectory,
    describe,
    untilStatus,
    connect: async (identifier, config) => {
      const { Endpoint: endpoint } = await describe(identifier);
      const client = new Client({
        host: endpoint?.Address,
        port: endpoint?.Port,
        database: DATABASE,
        ssl: { ca: readFileSync(rds.authorityPath, 'utf8') },
        ...config,
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    sql,
    moment: async (identifier) => {
      const [row] = await sql<{ now: Date }>(identifier, 'SELECT clock_timestamp() AS now');
      const moment = new Date((row?.now.getTime() ?? 0) + 1);
      await until(`${moment.toISOString()} is over`, () =>
        Date.now() > moment.getTime() ? true : undefined,
      );
      return moment;
    },
    makeRestorable: async (identifier, moment) => {
      const instance = rds.instances().find((candidate) => candidate.identifier === identifier);
      if (!instance) throw new Error(`there is no ${identifier}`);
      const coveredUntil = await uploadLogs(instance.cluster, instance.archive);
      if (coveredUntil < moment.toISOString()) throw new Error(`${moment.toISOString()} is still to come`);
    },
    restore: async (source, target, moment, patienceSeconds) => {
      await sdk.send(
        new RestoreDBInstanceToPointInTimeCommand({
          SourceDBInstanceIdentifier: source,
          TargetDBInstanceIdentifier: target,
          RestoreTime: moment,
        }),
      );
      const ends = ['available', 'failed', 'incompatible-restore'];
      return until(`${target} is ${ends}`, () => seeStatus(target, ends), patienceSeconds);
    },
    messagesOf: (identifier) =>
      events
        .filter(({ detail }) => detail.SourceIdentifier === identifier)
        .map(({ detail }) => detail.Message),
    close: async () => {
      sdk.destroy();
      await rds.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** A small platform database with a table of trades. */
export function platformInstance(identifier: string, overrides: Partial<InstanceSpec> = {}): InstanceSpec {
  return {
    identifier,
    databaseName: DATABASE,
    masterUsername: MASTER.user,
    masterUserPassword: MASTER.password,
    securityGroupIds: ['sg-database'],
    iamAuthentication: true,
    prepare: async (client) => {
      await client.query(
        `CREATE TABLE trades (id bigint PRIMARY KEY, note text NOT NULL, created_at timestamptz DEFAULT clock_timestamp());
         INSERT INTO trades SELECT n, 'seed' FROM generate_series(1, 1000) n;
         GRANT SELECT ON trades TO ${MASTER.user};
         CREATE ROLE recovery LOGIN IN ROLE rds_iam; GRANT SELECT ON trades TO recovery`,
      );
    },
    ...overrides,
  };
}

/** Polls until there is a value, for at most so many seconds. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  patienceSeconds = 20,
): Promise<T> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited ${patienceSeconds} s in vain until ${what}`);
    await delay(10);
  }
}
