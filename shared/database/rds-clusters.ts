import {
  CreateDBInstanceCommand,
  type CreateDBInstanceMessage,
  type DBCluster,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  type ModifyDBClusterMessage,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  RestoreDBClusterToPointInTimeCommand,
  type RestoreDBClusterToPointInTimeMessage,
  StartDBClusterCommand,
} from '@aws-sdk/client-rds';
import { DatabaseInstanceNotFound } from './errors.ts';
import { type RdsInstance, rds } from './rds.ts';
import { readClusterAnswer } from './rds-answer.ts';
import { keepAnswer } from './rds-picture.ts';
import { busyError, nameOf, restoreError } from './rds-refusals.ts';

/** What a restore of a cluster is told; every setting that is left out becomes a default of RDS. */
export type ClusterRestoreRequest = RestoreDBClusterToPointInTimeMessage;
/** What a modification of a cluster changes. */
export type ClusterModifyRequest = ModifyDBClusterMessage;
/** What a new member is told. */
export type MemberRequest = CreateDBInstanceMessage;

/** A cluster with its members, as RDS describes them. */
export interface RdsCluster {
  readonly cluster: DBCluster;
  /** The writer first, then the readers in the order in which they would take over. */
  readonly members: readonly RdsInstance[];
}

/** The cluster of this name with its members; undefined when there is none. */
export async function findCluster(identifier: string): Promise<RdsCluster | undefined> {
  try {
    const { DBClusters = [] } = await rds().send(
      new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }),
    );
    return await withMembers(DBClusters[0]);
  } catch (error) {
    if (nameOf(error) === 'DBClusterNotFoundFault') return undefined;
    throw error;
  }
}

/**
 * The cluster of this name with its members.
 * @throws {DatabaseInstanceNotFound}
 */
export async function getCluster(identifier: string): Promise<RdsCluster> {
  const found = await findCluster(identifier);
  if (found === undefined) throw new DatabaseInstanceNotFound(`identifier: RDS has no cluster ${identifier}`);
  return found;
}

/** The cluster that holds this resource id, whatever its name is now; undefined when there is none. */
export async function findClusterByResourceId(resourceId: string): Promise<RdsCluster | undefined> {
  const { DBClusters = [] } = await rds().send(
    new DescribeDBClustersCommand({ Filters: [{ Name: 'db-cluster-resource-id', Values: [resourceId] }] }),
  );
  return withMembers(DBClusters[0]);
}

async function withMembers(cluster: DBCluster | undefined): Promise<RdsCluster | undefined> {
  if (cluster === undefined) return undefined;
  const { DBClusterIdentifier = '', DBClusterMembers = [] } = cluster;
  if (DBClusterMembers.length === 0) return { cluster, members: [] };
  const described: RdsInstance[] = [];
  const pages = paginateDescribeDBInstances(
    { client: rds() },
    { Filters: [{ Name: 'db-cluster-id', Values: [DBClusterIdentifier] }] },
  );
  for await (const { DBInstances = [] } of pages) described.push(...DBInstances);
  const order = (instance: RdsInstance) => {
    const member = DBClusterMembers.find(
      ({ DBInstanceIdentifier }) => DBInstanceIdentifier === instance.DBInstanceIdentifier,
    );
    return member?.IsClusterWriter === true ? -1 : (instance.PromotionTier ?? 15);
  };
  const members = described.toSorted(
    (a, b) =>
      order(a) - order(b) || ((a.DBInstanceIdentifier ?? '') < (b.DBInstanceIdentifier ?? '') ? -1 : 1),
  );
  return { cluster, members };
}

/**
 * The cluster of this name as RDS wrote it, with fields that this version of the SDK has never heard of.
 * @throws {DatabaseInstanceNotFound}
 */
export async function describeWholeCluster(identifier: string): Promise<Readonly<Record<string, unknown>>> {
  const command = new DescribeDBClustersCommand({ DBClusterIdentifier: identifier });
  const answer = keepAnswer(command.middlewareStack as never);
  try {
    await rds().send(command);
    return readClusterAnswer(answer());
  } catch (error) {
    if (nameOf(error) !== 'DBClusterNotFoundFault') throw error;
    throw new DatabaseInstanceNotFound(`identifier: RDS has no cluster ${identifier}`, { cause: error });
  }
}

/** Values of a cluster parameter group by name; parameters without a value are left to the engine. */
export async function clusterParametersOf(group: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  const pages = paginateDescribeDBClusterParameters(
    { client: rds() },
    { DBClusterParameterGroupName: group },
  );
  for await (const { Parameters = [] } of pages) {
    for (const { ParameterName = '', ParameterValue } of Parameters)
      if (ParameterValue !== undefined) values[ParameterName] = ParameterValue;
  }
  return values;
}

/** Starts a restore into a new cluster, which has no members. Throws as {@link restoreError} names it. */
export async function restoreCluster(request: ClusterRestoreRequest): Promise<void> {
  try {
    await rds().send(new RestoreDBClusterToPointInTimeCommand(request));
  } catch (error) {
    throw restoreError(error);
  }
}

/** Makes a member of a cluster, which must be available. One that is there already is left alone. */
export async function createMember(request: MemberRequest): Promise<void> {
  try {
    await rds().send(new CreateDBInstanceCommand(request));
  } catch (error) {
    if (nameOf(error) === 'DBInstanceAlreadyExistsFault') return;
    const busy = busyError(request.DBClusterIdentifier, error);
    throw busy === error ? restoreError(error) : busy;
  }
}

/**
 * Changes a cluster at once.
 * @throws {DatabaseInstanceBusy} when it takes no change now.
 */
export async function modifyCluster(request: ClusterModifyRequest): Promise<void> {
  try {
    await rds().send(new ModifyDBClusterCommand({ ...request, ApplyImmediately: true }));
  } catch (error) {
    throw busyError(request.DBClusterIdentifier, error);
  }
}

/**
 * Starts a cluster that was stopped, with its members.
 * @throws {DatabaseInstanceBusy} while it is still stopping, or is no longer stopped.
 */
export async function startCluster(identifier: string): Promise<void> {
  try {
    await rds().send(new StartDBClusterCommand({ DBClusterIdentifier: identifier }));
  } catch (error) {
    throw busyError(identifier, error);
  }
}
