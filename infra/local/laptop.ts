import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { standInAccountId } from './aws-stand-ins.ts';
import { readCloudAssembly } from './deployer/cloud-assembly.ts';
import { deploy } from './deployer/deploy.ts';
import type { Caller } from './front-door/credentials.ts';
import { type Account, openAccount } from './laptop/account.ts';
import { createClosingStack } from './laptop/closing-stack.ts';
import { type DeployedSystem, describeDeployment } from './laptop/deployed-system.ts';
import { type Platform, startPlatform } from './laptop/platform.ts';
import { registerPlatformAlarms } from './laptop/platform-alarms.ts';
import type { Redundancy } from './laptop/platform-database.ts';
import { type ProtectedPlatform, readProtectedPlatform } from './laptop/protected-platform.ts';
import { readEmergencyToken, startTrading, startWatching } from './laptop/running-system.ts';
import { type Services, startServices } from './laptop/services.ts';
import { openStateDirectory } from './laptop/state-directory.ts';
import { addStorageKey } from './laptop/storage-key.ts';
import { synthesize } from './laptop/synthesize.ts';
import { storeTradingSecret, tradingPassword } from './laptop/trading-secret.ts';
import type { PlatformSize } from './platform/prepare-platform.ts';
import { serverCertificate } from './rds/certificates.ts';
import type { RdsPhase } from './rds/rds-context.ts';

export interface LaptopOptions {
  /** Root of the project. */
  readonly root: string;
  /** Environment of `cdk.json` that is deployed. */
  readonly environment: string;
  /** Name of this run: its state is kept in `.local/runs/<run>` while it runs. */
  readonly run: string;
  /** What the functions print goes here. */
  readonly logDirectory: string;
  /** Schedules, waits and alarm periods are divided by it. */
  readonly timeScale: number;
  /** Whether the deadlines of people are divided as well: for operators who are played, not for those who read and type. */
  readonly scaleDeadlines: boolean;
  readonly size: PlatformSize & Partial<Redundancy>;
  /** Keys of the environment that are to be different from `cdk.json`; none by default. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Told when a part of the start has begun. */
  readonly onProgress?: (activity: string) => void;
  /** Told of each part of the real work on databases. */
  readonly onPhase?: (phase: RdsPhase) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

/** The whole system on this machine: the synthesized template deployed, in front of a platform that could trade. */
export interface Laptop {
  readonly account: Account;
  readonly services: Services;
  readonly platform: Platform;
  readonly protectedPlatform: ProtectedPlatform;
  readonly system: DeployedSystem;
  /** Address of the emergency API, with its stage. */
  readonly emergencyApi: string;
  readonly emergencyToken: string;
  /** The approvers of the configuration, with the operator policy of the template. */
  readonly operators: readonly Caller[];
  /** As the trading services sign in. */
  readonly tradingConnection: ClientConfig;
  /** Whether the template came from an earlier synthesis of the same sources. */
  readonly synthesisCached: boolean;
  /** Ends everything that was started; nothing is left but the logs. */
  close(): Promise<void>;
}

/** The environment of the laptop cannot be deployed to it. */
class UnusableEnvironment extends Error {
  override readonly name = 'UnusableEnvironment';
}

/**
 * Starts the laptop: synthesis, stand-ins and database side by side, then the deployment. Trading is switched on and the schedules
 * run when it resolves. When it rejects, nothing is left running.
 */
export async function startLaptop(options: LaptopOptions): Promise<Laptop> {
  const closing = createClosingStack();
  const interrupt = () => void closing.close();
  options.signal?.addEventListener('abort', interrupt);
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
}

async function start(
  options: LaptopOptions,
  closing: ReturnType<typeof createClosingStack>,
): Promise<Laptop> {
  const { root, environment, timeScale, signal } = options;
  const progress = options.onProgress ?? (() => undefined);
  const protectedPlatform = readProtectedPlatform(root, environment);
  if (protectedPlatform.account !== standInAccountId) {
    throw new UnusableEnvironment(
      `cdk.json: context.environments.${environment}.account: must be ${standInAccountId}, the only account of the stand-ins`,
    );
  }
  const local = join(root, '.local');
  const { path: stateDirectory } = await closing.use(openStateDirectory(join(local, 'runs'), options.run));
  const account = openAccount({ accountId: protectedPlatform.account, region: protectedPlatform.region });
  const certificateDirectory = join(local, 'tls');
  const { database } = protectedPlatform;
  const [{ secretArn: tradingSecretArn }] = database.applicationSecrets;
  const { authorityPath } = await serverCertificate(
    certificateDirectory,
    database.host.slice(database.host.indexOf('.') + 1),
  );

  const synthesizing = synthesize({
    root,
    cacheDirectory: join(local, 'cdk.out'),
    environment,
    overrides: options.configuration ?? {},
    furtherInputs: [authorityPath, join(root, protectedPlatform.platformDataFile)],
    ...(signal && { signal }),
  });
  // Whoever fails first is told of; the other must not end the process.
  synthesizing.catch(() => undefined);
  progress('Starting RDS, venues and risk engine');
  const platform = await startPlatform(account, closing, protectedPlatform, {
    root,
    stateDirectory,
    certificateDirectory,
    timeScale,
    size: options.size,
    onEvent: ({ source, 'detail-type': detailType, time, resources, detail }) =>
      services.eventBridge.emit({ source, detailType, time: new Date(time), resources, detail }),
    isKeyUsable: (keyArn) => services.kms.isUsable(keyArn),
    onMetric: (datum) => services.cloudWatch.ingest([datum]),
    onPhase: (phase) => options.onPhase?.(phase),
  });
  const services = await startServices(account, closing, {
    timeScale,
    scaleDeadlines: options.scaleDeadlines,
    logDirectory: options.logDirectory,
    dbProxy: (name) => platform.rds.proxies().find((proxy) => proxy.name === name),
    network: (functionArn) => platform.routesOf(functionArn),
    storageKeyArn: (identifier) =>
      platform.rds.databases().find((found) => found.identifier === identifier)?.attributes.KmsKeyId,
  });
  services.frontDoor.route('rds', platform.rds.address);
  addStorageKey(account, services, database.kmsKeyArn);
  registerPlatformAlarms(services, protectedPlatform);
  await storeTradingSecret(services, tradingSecretArn, platform.tradingAccount);
  progress('Creating the database');
  const seeding = platform.createDatabase();
  seeding.catch(() => undefined);

  progress('Synthesizing the template');
  const synthesis = await synthesizing;
  progress('Deploying the template');
  const deployment = await deploy({
    accountId: account.accountId,
    region: account.region,
    assembly: readCloudAssembly(synthesis.directory),
    endpointUrl: services.frontDoor.address,
    standIns: services.standIns,
    authorizer: account.authorizer,
    functions: services.lambdaHost,
    registrars: services.registrars,
  });
  account.inventory = deployment.inventory;
  for (const [id, { allowedSourceGroups }] of deployment.inventory.securityGroups) {
    const known = platform.securityGroupRules.get(id);
    platform.securityGroupRules.set(id, {
      vpcId: protectedPlatform.network.vpcId,
      allowedSourceGroups: [...(known?.allowedSourceGroups ?? []), ...allowedSourceGroups],
    });
  }
  const system = describeDeployment(deployment, services.lambdaHost);
  const operators = protectedPlatform.approval.approvers.map(({ name, arn }) => {
    account.authorizer.attachPolicy(arn, 'OperatorPolicy', system.operatorPolicy.document);
    return account.credentials.issue(name, arn);
  });

  progress('Seeding the database, warming the functions');
  // Forty cold starts on two cores would be most of a drill; in AWS each has a machine of its own.
  await Promise.all([seeding, services.lambdaHost.prewarm()]);
  await startTrading(account, services, system);
  progress('Taking the first baseline');
  await startWatching(services, system);
  return {
    account,
    services,
    platform,
    protectedPlatform,
    system,
    emergencyApi: services.apiGateway.urlOf(system.restApi.id, system.restApi.stage),
    emergencyToken: await readEmergencyToken(account, services, system),
    operators,
    tradingConnection: {
      ...(await platform.tradingConnection()),
      password: tradingPassword(account, services, tradingSecretArn),
    },
    synthesisCached: synthesis.cached,
    close: () => closing.close(),
  };
}
