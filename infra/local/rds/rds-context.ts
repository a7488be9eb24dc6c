import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { AutomatedBackups } from './automated-backups.ts';
import type { DbClusters } from './clusters.ts';
import type { RdsEvents } from './events.ts';
import type { DbInstance } from './instance.ts';
import type { DbInstances } from './instances.ts';
import type { SecurityGroups, SubnetGroup } from './network.ts';
import type { NextRestore } from './next-restore.ts';
import type { ParameterGroups } from './parameter-groups.ts';
import { type ClusterLayout, PostgresCluster, type PostgresHost } from './postgres-cluster.ts';
import type { DbProxies } from './proxies.ts';
import type { ReplicaWatch } from './replica-watch.ts';

/** A part of the work on an instance, and how long it took; for benches. */
export interface RdsPhase {
  name: string;
  /** Milliseconds since the epoch, with fractions. */
  startedAt: number;
  endedAt: number;
  /** Identifier of the instance. */
  instance: string;
  /** Who asked for it, where it was a statement of a client; absent for what RDS itself does. */
  caller?: string;
}

/** What the operations of one RDS stand-in share. */
export interface RdsContext {
  region: string;
  accountId: string;
  /** Durations that AWS sets are divided by this. */
  timeScale: number;
  /** Clusters live below this directory. */
  directory: string;
  /** Unix sockets live below this short one. */
  socketDirectory: string;
  host: PostgresHost;
  instances: DbInstances;
  clusters: DbClusters;
  nextRestore: NextRestore;
  /** Whether KMS lets RDS use a key. */
  isKeyUsable(keyArn: string): boolean;
  parameterGroups: ParameterGroups;
  subnetGroups: Map<string, SubnetGroup>;
  proxies: DbProxies;
  securityGroups: SecurityGroups;
  storageQuotaGibibytes: number;
  events: RdsEvents;
  backups: AutomatedBackups;
  replicaWatch: ReplicaWatch;
  /** Endpoint of an identifier, or of a proxy by its name. */
  endpointOf(identifier: string): { address: string; port: number };
  /** Opens the endpoint of an identifier, if it is not open. */
  openEndpoint(identifier: string): Promise<void>;
  /** SQL that damages each copy that is restored, before anybody sees it: what a bad backup would hold. */
  copyDamage: string[];
  /** Tables and indexes of which a page is damaged on disk on each copy, before anybody sees it. */
  copyPages: string[];
  /** Starts work that outlives the request; it must deal with its own failures. */
  startJob(work: Promise<void>): void;
  /** Fires when the server is closed, to end what only waits. */
  closing: AbortSignal;
  onPhase(phase: RdsPhase): void;
}

/** The ARN of an instance, which follows its identifier. */
export function instanceArn(context: RdsContext, identifier: string): string {
  return `arn:aws:rds:${context.region}:${context.accountId}:db:${identifier}`;
}

/** The ARN of a cluster, which follows its identifier. */
export function clusterArn(context: RdsContext, identifier: string): string {
  return `arn:aws:rds:${context.region}:${context.accountId}:cluster:${identifier}`;
}

const RESOURCE_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new resource identifier of the form that RDS uses. */
export function newResourceId(of: 'db' | 'cluster' = 'db'): string {
  return `${of}-${Array.from({ length: 26 }, () => RESOURCE_ID_CHARACTERS[randomInt(32)]).join('')}`;
}

/** Prepares the directories and the socket of a new instance's cluster. */
export function newCluster(
  context: RdsContext,
  resourceId: string,
  layout: Pick<ClusterLayout, 'adminPassword' | 'parameters'>,
): { cluster: PostgresCluster; directory: string } {
  const directory = join(context.directory, resourceId);
  const socketDirectory = join(context.socketDirectory, resourceId.slice(-12));
  return {
    cluster: new PostgresCluster(context.host, { ...layout, directory, socketDirectory }, new Date()),
    directory,
  };
}

/** Measures parts of the work on an instance that follow each other. */
export function phaseTimer(
  context: RdsContext,
  instance: DbInstance,
): { begin(name: string): void; end(): void } {
  let current: { name: string; startedAt: number } | undefined;
  const now = () => performance.timeOrigin + performance.now();
  const end = () => {
    if (current) context.onPhase({ ...current, endedAt: now(), instance: instance.identifier });
    current = undefined;
  };
  return {
    begin: (name) => {
      end();
      current = { name, startedAt: now() };
    },
    end,
  };
}
