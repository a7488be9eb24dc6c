import {
  AddTagsToResourceCommand,
  CreateDBInstanceReadReplicaCommand,
  type CreateDBInstanceReadReplicaMessage,
  type DBInstance,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  DescribeDBLogFilesCommand,
  DownloadDBLogFilePortionCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceMessage,
  PromoteReadReplicaCommand,
  type PromoteReadReplicaMessage,
  RDSClient,
  RebootDBInstanceCommand,
  RestoreDBInstanceToPointInTimeCommand,
  type RestoreDBInstanceToPointInTimeMessage,
  type RestoreWindow,
  StartDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { once } from '../lambda/once.ts';
import { DatabaseInstanceNotFound, InstanceChangeRefused, ReplicaNotRecreated } from './errors.ts';
import type { ChangeProposal } from './instance-change.ts';
import { busyError, isLastingRefusal, nameOf, restoreError } from './rds-refusals.ts';

/** An instance as RDS describes it. */
export type RdsInstance = DBInstance;
/** What a restore is told; every setting that is left out becomes a default of RDS. */
export type RestoreRequest = RestoreDBInstanceToPointInTimeMessage;
/** What a new replica is told; what is left out it has from its source, or by default of RDS. */
export type ReplicaRequest = CreateDBInstanceReadReplicaMessage;
/** What a promotion is told. */
export type PromoteRequest = PromoteReadReplicaMessage;
/** What a modification changes. */
export type ModifyRequest = ModifyDBInstanceMessage;

const LOG_FILES_READ = 3;

/** The client of RDS, for the other files that name it. */
export const rds = once(() => new RDSClient({ maxAttempts: 3 }));

/** The instance of this name; undefined when there is none. */
export async function findInstance(identifier: string): Promise<RdsInstance | undefined> {
  try {
    const { DBInstances = [] } = await rds().send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    return DBInstances[0];
  } catch (error) {
    if (nameOf(error) === 'DBInstanceNotFoundFault') return undefined;
    throw error;
  }
}

/**
 * The instance of this name.
 * @throws {DatabaseInstanceNotFound}
 */
export async function getInstance(identifier: string): Promise<RdsInstance> {
  const instance = await findInstance(identifier);
  if (instance === undefined) throw new DatabaseInstanceNotFound(`identifier: RDS has no ${identifier}`);
  return instance;
}

/** The instance that holds this resource id, whatever its name is now; undefined when there is none. */
export async function findInstanceByResourceId(resourceId: string): Promise<RdsInstance | undefined> {
  const { DBInstances = [] } = await rds().send(
    new DescribeDBInstancesCommand({ Filters: [{ Name: 'dbi-resource-id', Values: [resourceId] }] }),
  );
  return DBInstances[0];
}

/**
 * The last lines of the server's log, oldest first, from the newest log files: RDS begins a new one each hour, so one file alone
 * may hold next to nothing.
 */
export async function recentLogLines(identifier: string, lineCount: number): Promise<string[]> {
  const { DescribeDBLogFiles = [] } = await rds().send(
    new DescribeDBLogFilesCommand({ DBInstanceIdentifier: identifier }),
  );
  const newestFirst = DescribeDBLogFiles.toSorted((a, b) => (b.LastWritten ?? 0) - (a.LastWritten ?? 0));
  const lines: string[] = [];
  for (const { LogFileName } of newestFirst.slice(0, LOG_FILES_READ)) {
    const { LogFileData = '' } = await rds().send(
      new DownloadDBLogFilePortionCommand({
        DBInstanceIdentifier: identifier,
        LogFileName,
        NumberOfLines: lineCount - lines.length,
      }),
    );
    lines.unshift(...LogFileData.split('\n').filter((line) => line !== ''));
    if (lines.length >= lineCount) break;
  }
  return lines.slice(-lineCount);
}

/** The active automated backup's window; undefined when there is none. How early stands only in the description of the automated backups; how late in that of the instance too. */
export async function describeRestoreWindow(resourceId: string): Promise<RestoreWindow | undefined> {
  try {
    const { DBInstanceAutomatedBackups = [] } = await rds().send(
      new DescribeDBInstanceAutomatedBackupsCommand({ DbiResourceId: resourceId }),
    );
    return DBInstanceAutomatedBackups.find(({ Status }) => Status === 'active')?.RestoreWindow;
  } catch (error) {
    if (nameOf(error) === 'DBInstanceAutomatedBackupNotFoundFault') return undefined;
    throw error;
  }
}

/**
 * Starts a restore into a new instance.
 * @throws {ServiceUnavailable} when the name has been taken since it was looked up: look again, it may be by ourselves.
 * @throws {RestorePointNotRestorable} when RDS refuses the point.
 * @throws {RestoreCapacityMissing} when RDS has no machine of the class now.
 * @throws {RestoreRefused} when RDS refuses for another reason: a quota, the storage key, a group.
 */
export async function startRestore(request: RestoreRequest): Promise<RdsInstance> {
  try {
    const { DBInstance } = await rds().send(new RestoreDBInstanceToPointInTimeCommand(request));
    return DBInstance ?? {};
  } catch (error) {
    throw restoreError(error);
  }
}

/**
 * Changes an instance at once.
 * @throws {DatabaseInstanceBusy} when the instance takes no change now.
 */
export async function modifyInstance(request: ModifyRequest): Promise<void> {
  try {
    await rds().send(new ModifyDBInstanceCommand({ ...request, ApplyImmediately: true }));
  } catch (error) {
    throw busyError(request.DBInstanceIdentifier, error);
  }
}

/**
 * Makes an instance larger at once, as people have agreed.
 * @throws {DatabaseInstanceBusy} when the instance takes no change now.
 * @throws {InstanceChangeRefused} when RDS refuses for a reason that does not pass: no machine of the class, a quota, a combination.
 */
export async function changeInstance(identifier: string, proposal: ChangeProposal): Promise<void> {
  const { instanceClass, storageGibibytes, iops, throughputMebibytes } = proposal;
  try {
    await modifyInstance({
      DBInstanceIdentifier: identifier,
      ...(instanceClass !== null && { DBInstanceClass: instanceClass.to }),
      ...(storageGibibytes !== null && { AllocatedStorage: storageGibibytes.to }),
      ...(iops !== null && { Iops: iops.to }),
      ...(throughputMebibytes !== null && { StorageThroughput: throughputMebibytes.to }),
    });
  } catch (error) {
    if (!isLastingRefusal(error)) throw error;
    throw new InstanceChangeRefused(`${identifier}: ${(error as Error).name}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Starts an instance that was stopped.
 * @throws {DatabaseInstanceBusy} while it is still stopping, or is no longer stopped.
 */
export async function startInstance(identifier: string): Promise<void> {
  try {
    await rds().send(new StartDBInstanceCommand({ DBInstanceIdentifier: identifier }));
  } catch (error) {
    throw busyError(identifier, error);
  }
}

/**
 * Restarts an instance, so that its server runs with its parameter group.
 * @throws {DatabaseInstanceBusy} when the instance takes no change now.
 */
export async function restartInstance(identifier: string): Promise<void> {
  try {
    await rds().send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier }));
  } catch (error) {
    throw busyError(identifier, error);
  }
}

/**
 * Lets the standby of a Multi-AZ instance take over.
 * @throws {DatabaseInstanceBusy} when the instance takes no change now.
 */
export async function failOverInstance(identifier: string): Promise<void> {
  try {
    await rds().send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier, ForceFailover: true }));
  } catch (error) {
    throw busyError(identifier, error);
  }
}

/**
 * Makes an instance of its own of a replica, for good.
 * @throws {DatabaseInstanceBusy} when the replica takes no change now.
 */
export async function promoteReplica(request: PromoteRequest): Promise<void> {
  try {
    await rds().send(new PromoteReadReplicaCommand(request));
  } catch (error) {
    throw busyError(request.DBInstanceIdentifier, error);
  }
}

/**
 * Starts a replica of an instance.
 * @throws {DatabaseInstanceBusy} when the source takes no change now, or the name has been taken since it was looked up.
 * @throws {ReplicaNotRecreated} when RDS refuses for another reason: a quota, the storage key, a group.
 */
export async function createReplica(request: ReplicaRequest): Promise<void> {
  try {
    await rds().send(new CreateDBInstanceReadReplicaCommand(request));
  } catch (error) {
    const busy = busyError(request.DBInstanceIdentifier, error);
    const { name, message } = error as Error;
    const refused = busy === error && isLastingRefusal(error);
    throw refused
      ? new ReplicaNotRecreated(`${request.DBInstanceIdentifier}: ${name}: ${message}`, { cause: error })
      : busy;
  }
}

/** Adds tags to an instance; those that it has already stay. */
export async function addTags(arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await rds().send(
    new AddTagsToResourceCommand({
      ResourceName: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
}
