import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { KnownPosition } from '../../../shared/exchange/position-comparison.ts';
import type { MetricDatum } from '../cloudwatch/metric.ts';
import type { NetworkRoutes } from '../lambda-host/worker-network.ts';
import { type Exchange, startExchange } from '../platform/exchanges.ts';
import type { HealthServer } from '../platform/health-server.ts';
import { type PlatformSize, preparePlatform, type TradingAccount } from '../platform/prepare-platform.ts';
import { startRiskEngine } from '../platform/risk-engine.ts';
import type { RdsEventBridgeEvent } from '../rds/events.ts';
import type { SecurityGroupRule } from '../rds/network.ts';
import type { RdsPhase } from '../rds/rds-context.ts';
import { type RdsServer, startRds } from '../rds/rds-server.ts';
import type { Account } from './account.ts';
import type { ClosingStack } from './closing-stack.ts';
import { createPlatformDatabase, type Redundancy } from './platform-database.ts';
import type { ProtectedPlatform } from './protected-platform.ts';

export interface PlatformOptions {
  /** Root of the project. */
  readonly root: string;
  readonly stateDirectory: string;
  readonly certificateDirectory: string;
  readonly timeScale: number;
  readonly size: PlatformSize & Partial<Redundancy>;
  readonly onEvent: (event: RdsEventBridgeEvent) => void;
  /** Whether KMS lets RDS use a key. */
  readonly isKeyUsable: (keyArn: string) => boolean;
  /** What RDS sends to CloudWatch. */
  readonly onMetric: (datum: MetricDatum) => void;
  readonly onPhase: (phase: RdsPhase) => void;
}

/** The platform that is protected: its database on RDS, its venues and its risk engine. */
export interface Platform {
  readonly rds: RdsServer;
  readonly exchanges: ReadonlyMap<string, Exchange>;
  readonly riskEngine: HealthServer;
  /** Security groups as RDS enforces them; those of the deployment are added to it. */
  readonly securityGroupRules: Map<string, SecurityGroupRule>;
  /** What the trading services sign in with when the laptop starts. */
  readonly tradingAccount: TradingAccount;
  /** Creates and seeds the database: takes a few seconds. */
  createDatabase(): Promise<void>;
  /** Connection string of the platform's administrator, who owns its tables, through the endpoint that every client knows. */
  administratorUrl(): string;
  /** As the trading services sign in, but for the password, through the endpoint that every client knows. */
  tradingConnection(): Promise<ClientConfig>;
  /** With all rights, past the endpoint, to whichever instance now has the platform's identifier. */
  adminConnection(): ClientConfig;
  /** What a function reaches by name: the database and the risk engine from within the VPC, the venues from outside. */
  routesOf(functionArn: string): NetworkRoutes;
}

/** The group of the platform's own services and administrators, which exists before anything is deployed. */
const PLATFORM_GROUP = 'sg-0aaaaaaaaaaaaaaaa';

/** Starts RDS, venues and risk engine; `closing` closes them. */
export async function startPlatform(
  account: Account,
  closing: ClosingStack,
  protectedPlatform: ProtectedPlatform,
  options: PlatformOptions,
): Promise<Platform> {
  const { database, exchanges: venues, riskEngine: engine, network } = protectedPlatform;
  const trading: TradingAccount = { user: 'trading_app', password: randomBytes(18).toString('base64url') };
  const administrator = { user: 'platform_admin', password: randomBytes(18).toString('base64url') };
  const securityGroupRules = new Map<string, SecurityGroupRule>([
    [
      database.securityGroupId,
      { allowedSourceGroups: [PLATFORM_GROUP, ...proxyGroups(database)], vpcId: network.vpcId },
    ],
    ...proxyRules(protectedPlatform),
    [engine.securityGroupId, { allowedSourceGroups: [PLATFORM_GROUP], vpcId: network.vpcId }],
  ]);
  const groupsOfFunction = (name: string) => account.inventory?.functionGroups.get(name) ?? [];

  const rds = await closing.use(
    startRds({
      stateDirectory: options.stateDirectory,
      certificateDirectory: options.certificateDirectory,
      endpointDomain: database.host.slice(database.host.indexOf('.') + 1),
      region: account.region,
      accountId: account.accountId,
      timeScale: options.timeScale,
      iamUsers: [database.user, database.fenceProbeUser, database.salvageUser],
      secretAccessKeyOf: (accessKeyId) => account.credentials.find(accessKeyId)?.secretAccessKey,
      authorizeConnect: ({ accessKeyId, dbUser, resourceId }) =>
        mayConnect(account, accessKeyId, dbUser, resourceId),
      securityGroups: {
        rules: securityGroupRules,
        groupsOfAccessKey: (accessKeyId) =>
          groupsOfFunction(account.credentials.find(accessKeyId)?.name ?? ''),
        groupsOfUser: (user) => ([trading.user, administrator.user].includes(user) ? [PLATFORM_GROUP] : []),
      },
      onEvent: options.onEvent,
      isKeyUsable: options.isKeyUsable,
      onMetric: options.onMetric,
      onPhase: options.onPhase,
      onStatement: ({ identifier, accessKeyId, startedAt, endedAt }) =>
        options.onPhase({
          name: 'statement',
          startedAt,
          endedAt,
          instance: identifier,
          caller: account.credentials.find(accessKeyId)?.name ?? '?',
        }),
    }),
  );
  const exchanges = new Map<string, Exchange>();
  for (const name of Object.keys(venues)) exchanges.set(name, await closing.use(startExchange(name)));
  const riskEngine = await closing.use(startRiskEngine());

  /** The endpoint that every client knows. */
  const clientHost = database.cutOver.by === 'proxy' ? database.cutOver.host : database.host;
  const localPort = () => rds.endpoints().find(({ host }) => host === clientHost)?.localPort ?? 0;

  return {
    rds,
    exchanges,
    riskEngine,
    securityGroupRules,
    tradingAccount: trading,
    async createDatabase() {
      const recoveryGrants = await readFile(join(options.root, 'docs/database-user.sql'), 'utf8');
      await createPlatformDatabase(rds, protectedPlatform, {
        administrator,
        prepare: async (client) => {
          await preparePlatform(client, options.size, { owner: administrator.user, trading, recoveryGrants });
          const { rows } = await client.query<KnownPosition>(protectedPlatform.data.netPositionsSql ?? '');
          for (const [name, venue] of exchanges) venue.hold(rows.filter(({ exchange }) => exchange === name));
        },
        redundancy: options.size,
      });
    },
    administratorUrl() {
      const { user, password } = administrator;
      const address = `${user}:${encodeURIComponent(password)}@localhost:${localPort()}/${database.name}`;
      return `postgresql://${address}?sslmode=verify-full&sslrootcert=${rds.authorityPath}`;
    },
    async tradingConnection() {
      return {
        host: '127.0.0.1',
        port: localPort(),
        user: trading.user,
        database: database.name,
        ssl: { ca: await readFile(rds.authorityPath, 'utf8'), servername: clientHost },
      };
    },
    adminConnection: () => rds.adminConnection(database.identifier, database.name),
    routesOf(functionArn) {
      const isInVpc = groupsOfFunction(functionArn.split(':').at(6) ?? '').length > 0;
      return isInVpc
        ? {
            ...Object.fromEntries(
              rds.endpoints().map(({ host, port, localPort }) => [`${host}:${port}`, localPort]),
            ),
            [destinationOf(engine.healthUrl)]: riskEngine.port,
          }
        : Object.fromEntries(
            Object.entries(venues).map(([name, url]) => [destinationOf(url), exchanges.get(name)?.port ?? 0]),
          );
    },
  };
}

function proxyGroups({ cutOver }: ProtectedPlatform['database']): string[] {
  return cutOver.by === 'proxy' ? [cutOver.securityGroupId] : [];
}

/** What lets the platform's own services in at its proxy. */
function proxyRules({ database, network }: ProtectedPlatform): [string, SecurityGroupRule][] {
  return proxyGroups(database).map((group) => [
    group,
    { allowedSourceGroups: [PLATFORM_GROUP], vpcId: network.vpcId },
  ]);
}

function mayConnect(account: Account, accessKeyId: string, dbUser: string, resourceId: string): boolean {
  const caller = account.credentials.find(accessKeyId);
  if (caller === undefined) return false;
  try {
    account.authorizer.authorize({
      principal: caller.principalArn,
      callerArn: caller.arn,
      action: 'rds-db:connect',
      resource: `arn:aws:rds-db:${account.region}:${account.accountId}:dbuser:${resourceId}/${dbUser}`,
    });
    return true;
  } catch {
    return false;
  }
}

/** `host:port` of a URL. */
function destinationOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
