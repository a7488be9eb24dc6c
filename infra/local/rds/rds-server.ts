import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { MetricDatum } from '../cloudwatch/metric.ts';
import { AutomatedBackups } from './automated-backups.ts';
import { serverCertificate } from './certificates.ts';
import { type DbCluster, hasWorkingWriter } from './cluster.ts';
import { modifyMember, rebootMember } from './cluster-members.ts';
import { clusterOperations, memberShownBy } from './cluster-operations.ts';
import { DbClusters, type FoundMember, serverOf } from './clusters.ts';
import { type ClusterSpec, createCluster } from './create-cluster.ts';
import { createInstance, type InstanceSpec } from './create-instance.ts';
import { describeOperations, shownBy } from './describe-operations.ts';
import { EndpointRouter, type OpenEndpoint } from './endpoint-router.ts';
import type { AccessRules } from './endpoint-session.ts';
import { type RdsEventBridgeEvent, RdsEvents } from './events.ts';
import { type RdsFaults, rdsFaults } from './faults.ts';
import type { DbInstance } from './instance.ts';
import { watchLoad } from './instance-load.ts';
import { DbInstances } from './instances.ts';
import { logOperations } from './log-operations.ts';
import { modifyInstance } from './modify-instance.ts';
import { DEFAULT_SUBNET_GROUP } from './network.ts';
import { NextRestore } from './next-restore.ts';
import type { Operations } from './operations.ts';
import { ParameterGroups } from './parameter-groups.ts';
import { locatePostgres } from './postgres-binaries.ts';
import { promoteReadReplica } from './promote-replica.ts';
import { DbProxies, type DbProxy, type ProxySpec } from './proxies.ts';
import { proxyOperations } from './proxy-operations.ts';
import { rdsApi } from './rds-api.ts';
import type { RdsContext, RdsPhase } from './rds-context.ts';
import type { QueryFields } from './rds-query.ts';
import { beginReadReplica, createReadReplica } from './read-replica.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { rebootInstance } from './restart-instance.ts';
import { restoreToPointInTime } from './restore-instance.ts';
import { makeRunDirectory } from './run-directory.ts';
import { canEnter, serverAccount } from './server-account.ts';
import { startInstance } from './stopped-instance.ts';
import { tagOperations } from './tag-operations.ts';

/** How the laptop's RDS is set up. */
export interface RdsOptions extends AccessRules {
  /** Certificates are kept here; clusters too, while the server runs, where PostgreSQL's account may enter. */
  stateDirectory: string;
  accountId: string;
  /** Durations that AWS sets are divided by this. */
  timeScale: number;
  /** Where the certificates are kept; in the state directory when absent. */
  certificateDirectory?: string;
  /** Domain of the endpoints' names, e.g. `laptop.eu-central-1.rds.amazonaws.com`; `localhost` when absent. */
  endpointDomain?: string;
  /** How often restorable time moves on; five minutes divided by `timeScale` when absent. */
  logUploadIntervalMillis?: number;
  /** DB instances that the account may have; 40 when absent. */
  instanceQuota?: number;
  /** Storage that the account may allocate; 100 TiB when absent. */
  storageQuotaGibibytes?: number;
  /** Whether KMS lets RDS use a key; every key when absent. */
  isKeyUsable?(keyArn: string): boolean;
  onEvent(event: RdsEventBridgeEvent): void;
  /** Told what RDS sends to CloudWatch: the lag of each replica, once a minute divided by `timeScale`. */
  onMetric?(datum: MetricDatum): void;
  onPhase?(phase: RdsPhase): void;
}

const LOG_UPLOAD_MILLIS = 5 * 60_000;
const METRIC_MILLIS = 60_000;

/** The laptop's RDS: its API, its instances, and the faults that a drill can inject. */
export interface RdsServer extends RdsFaults {
  /** URL of the Query API. */
  address: string;
  /** Path of the certificate that clients verify the endpoints with. */
  authorityPath: string;
  createInstance(spec: InstanceSpec): Promise<DbInstance>;
  /** Creates a proxy with its endpoint; it leads to its target at once. */
  createProxy(spec: ProxySpec): Promise<DbProxy>;
  proxies(): readonly DbProxy[];
  /** An Aurora cluster with its members. */
  createCluster(spec: ClusterSpec): Promise<DbCluster>;
  /** What CreateDBInstanceReadReplica does, until the replica has come up or failed to. */
  createReplica(request: QueryFields): Promise<DbInstance>;
  instances(): readonly DbInstance[];
  clusters(): readonly DbCluster[];
  /** Whatever has data of its own: the instances, and the clusters. */
  databases(): readonly DbInstance[];
  /** Where the endpoints of all identifiers really are, those of former names included. */
  endpoints(): OpenEndpoint[];
  /** Connects as the superuser past the endpoint, for the drill's own work. */
  adminConnection(identifier: string, database?: string): ClientConfig;
  /** Actions that were asked for and do not exist here, DeleteDBInstance among them: recovery never deletes. */
  unknownActions(): readonly string[];
  close(): Promise<void>;
}

const OPERATIONS: Operations = {
  ...clusterOperations,
  ...describeOperations,
  ...logOperations,
  ...proxyOperations,
  ...tagOperations,
  ModifyDBInstance: (context, fields) => {
    const member = memberNamed(context, fields);
    return {
      DBInstance: member
        ? memberShownBy(context)(modifyMember(context, member, fields))
        : shownBy(context)(modifyInstance(context, fields)),
    };
  },
  StartDBInstance: (context, fields) => ({ DBInstance: shownBy(context)(startInstance(context, fields)) }),
  RebootDBInstance: (context, fields) => {
    const member = memberNamed(context, fields);
    return {
      DBInstance: member
        ? memberShownBy(context)(rebootMember(context, member))
        : shownBy(context)(rebootInstance(context, fields)),
    };
  },
  CreateDBInstanceReadReplica: (context, fields) => ({
    DBInstance: shownBy(context)(createReadReplica(context, fields)),
  }),
  PromoteReadReplica: (context, fields) => ({
    DBInstance: shownBy(context)(promoteReadReplica(context, fields)),
  }),
  RestoreDBInstanceToPointInTime: (context, fields) => ({
    DBInstance: shownBy(context)(restoreToPointInTime(context, fields)),
  }),
};

function memberNamed({ clusters }: RdsContext, fields: QueryFields): FoundMember | undefined {
  return clusters.findMember(String(fields.DBInstanceIdentifier ?? ''));
}

/** Starts the laptop's RDS. It has no instances; all that it starts ends with this process. */
export async function startRds(options: RdsOptions): Promise<RdsServer> {
  const account = serverAccount();
  mkdirSync(options.stateDirectory, { recursive: true });
  const parent = canEnter(account, options.stateDirectory) ? options.stateDirectory : tmpdir();
  const directory = makeRunDirectory(parent, account);
  // The path of a socket has room for about a hundred characters.
  const socketDirectory = makeRunDirectory(tmpdir(), account);

  const certificate = await serverCertificate(
    options.certificateDirectory ?? join(options.stateDirectory, 'certificates'),
    options.endpointDomain,
  );
  const events = new RdsEvents({
    region: options.region,
    accountId: options.accountId,
    deliver: options.onEvent,
  });
  const instances = new DbInstances(options.instanceQuota ?? 40);
  const proxies = new DbProxies(options);
  const clusters = new DbClusters();
  const serving = (identifier: string) => {
    const cluster = clusters.find(identifier);
    return cluster === undefined || hasWorkingWriter(cluster)
      ? (cluster ?? instances.find(identifier))
      : undefined;
  };
  const router = new EndpointRouter({ serving, proxies }, options, certificate, options.endpointDomain);
  const backups = new AutomatedBackups(
    options.logUploadIntervalMillis ?? LOG_UPLOAD_MILLIS / options.timeScale,
    account,
    events,
  );
  const replicaWatch = new ReplicaWatch({
    instances,
    intervalMillis: METRIC_MILLIS / options.timeScale,
    onMetric: (datum) => options.onMetric?.(datum),
  });
  const stopLoadWatch = watchLoad({
    instances,
    intervalMillis: METRIC_MILLIS / options.timeScale,
    onMetric: (datum) => options.onMetric?.(datum),
  });
  const jobs = new Set<Promise<void>>();
  const closing = new AbortController();
  const context: RdsContext = {
    region: options.region,
    accountId: options.accountId,
    timeScale: options.timeScale,
    directory,
    socketDirectory,
    host: { binaries: await locatePostgres(account), account, iamUsers: options.iamUsers },
    instances,
    clusters,
    nextRestore: new NextRestore(),
    isKeyUsable: (keyArn) => options.isKeyUsable?.(keyArn) ?? true,
    parameterGroups: new ParameterGroups(),
    subnetGroups: new Map([[DEFAULT_SUBNET_GROUP.name, DEFAULT_SUBNET_GROUP]]),
    proxies,
    securityGroups: options.securityGroups,
    storageQuotaGibibytes: options.storageQuotaGibibytes ?? 100 * 1024,
    events,
    backups,
    replicaWatch,
    endpointOf: (identifier) => router.endpointOf(identifier),
    openEndpoint: (identifier) => router.open(identifier),
    copyDamage: [],
    copyPages: [],
    startJob: (work) => {
      jobs.add(work);
      work.finally(() => jobs.delete(work));
    },
    closing: closing.signal,
    onPhase: (phase) => options.onPhase?.(phase),
  };
  const unknownActions: string[] = [];
  const api = rdsApi(context, OPERATIONS, (action) => unknownActions.push(action));
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  return {
    address: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    authorityPath: certificate.authorityPath,
    createInstance: (spec) => createInstance(context, spec),
    createCluster: (spec) => createCluster(context, spec),
    async createProxy(spec) {
      const proxy = proxies.create(spec);
      await router.open(proxy.name);
      return proxy;
    },
    proxies: () => proxies.list(),
    createReplica: async (request) => {
      const { replica, creation } = beginReadReplica(context, request);
      await creation;
      return replica;
    },
    instances: () => instances.list(),
    clusters: () => clusters.list(),
    databases: () => [...instances.list(), ...clusters.list()],
    endpoints: () => router.endpoints(),
    adminConnection: (identifier, database) =>
      serverOf(context, identifier).cluster.adminConnection(database),
    unknownActions: () => unknownActions,
    ...rdsFaults(context),
    close: async () => {
      closing.abort();
      backups.stop();
      stopLoadWatch();
      await replicaWatch.stop();
      api.closeAllConnections();
      api.close();
      await router.close();
      const stopAll = () =>
        Promise.all(
          [...instances.list(), ...clusters.list()].map(({ cluster }) => cluster.stop('immediate')),
        );
      await stopAll();
      await Promise.all(jobs);
      // A restore that was under way may have started its server in between.
      await stopAll();
      rmSync(directory, { recursive: true, force: true });
      rmSync(socketDirectory, { recursive: true, force: true });
    },
  };
}
