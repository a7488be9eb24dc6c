import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { DbInstance, InstanceAttributes } from './instance.ts';
import { deferredValues, ModifyRequest, modifiedAttributes } from './modify-request.ts';
import { checkSecurityGroups } from './network.ts';
import { instanceArn, type RdsContext } from './rds-context.ts';
import { parseFields, type QueryFields } from './rds-query.ts';
import { requireAvailable, restartServer, settle } from './restart-instance.ts';
import { checkStorage } from './storage.ts';

/** How long RDS takes for a change that is no work on the laptop, so that `modifying` can be seen. */
const MODIFICATION_MILLIS = 15_000;

/**
 * ModifyDBInstance. Some changes wait for a maintenance window unless ApplyImmediately is given, and that window
 * never comes on the laptop; a parameter group waits for a reboot in any case. Renaming and another class restart the
 * server.
 *
 * Of a `failed` instance only what RDS itself keeps may be changed: name, security groups, deletion protection. RDS documents neither
 * that it allows this nor that it refuses it.
 *
 * @throws {RdsRequestRefused} before anything has changed; `InvalidDBInstanceState` unless the instance is
 *   `available`.
 */
export function modifyInstance(context: RdsContext, fields: QueryFields): DbInstance {
  const request = parseFields(ModifyRequest, fields);
  const instance = context.instances.get(request.DBInstanceIdentifier);
  const { AllocatedStorage, StorageType, Iops, StorageThroughput } = request;
  const storage = [AllocatedStorage, StorageType, Iops, StorageThroughput];
  const failed = instance.status === 'failed' && changesRecordsOnly(request);
  if (!failed) {
    requireAvailable(
      instance,
      storage.some((value) => value !== undefined),
    );
  }
  const attributes = modifiedAttributes(instance, request);
  checkStorage(context, attributes, instance.attributes);
  if (request.VpcSecurityGroupIds) {
    checkSecurityGroups(context.securityGroups.rules, request.VpcSecurityGroupIds, instance.subnetGroup);
  }
  if (request.DBParameterGroupName) context.parameterGroups.get(request.DBParameterGroupName);
  const newIdentifier = request.ApplyImmediately ? request.NewDBInstanceIdentifier : undefined;
  const releaseIdentifier = newIdentifier ? context.instances.reserve(newIdentifier) : () => undefined;
  instance.pending = { ...instance.pending, ...deferredValues(request) };
  instance.status = newIdentifier ? 'renaming' : 'modifying';
  const work = async () => {
    await apply(context, instance, request, attributes);
    if (newIdentifier) await rename(context, instance, newIdentifier, failed);
  };
  context.startJob(
    settle(context, instance, work, failed ? 'failed' : 'available').finally(releaseIdentifier),
  );
  return instance;
}

function changesRecordsOnly({
  DBInstanceIdentifier: _name,
  ApplyImmediately,
  ...changes
}: ModifyRequest): boolean {
  const records = ['NewDBInstanceIdentifier', 'VpcSecurityGroupIds', 'DeletionProtection'];
  return ApplyImmediately && Object.keys(changes).every((name) => records.includes(name));
}

async function apply(
  context: RdsContext,
  instance: DbInstance,
  request: ModifyRequest,
  attributes: InstanceAttributes,
): Promise<void> {
  await delay(MODIFICATION_MILLIS / context.timeScale, undefined, { signal: context.closing });
  const changesClass = attributes.DBInstanceClass !== instance.attributes.DBInstanceClass;
  instance.attributes = attributes;
  if (request.VpcSecurityGroupIds) instance.securityGroupIds = request.VpcSecurityGroupIds;
  if (request.ApplyImmediately) {
    instance.iamAuthentication = request.EnableIAMDatabaseAuthentication ?? instance.iamAuthentication;
  }
  if (request.DBParameterGroupName) {
    instance.parameterGroup = context.parameterGroups.get(request.DBParameterGroupName);
    context.events.emit('RDS-EVENT-0011', instance, `${instance.parameterGroup.name} (pending-reboot)`);
  }
  if (request.AllocatedStorage && request.ApplyImmediately) context.events.emit('RDS-EVENT-0017', instance);
  if (changesClass) {
    await restartServer(context, instance);
    context.events.emit('RDS-EVENT-0014', instance);
  }
  if (request.MasterUserPassword) await resetPassword(context, instance, request.MasterUserPassword);
  if (request.BackupRetentionPeriod !== undefined)
    await retain(context, instance, request.BackupRetentionPeriod);
}

/** Going to 0 deletes the backups, and coming from 0 takes one. */
async function retain(context: RdsContext, instance: DbInstance, days: number): Promise<void> {
  const before = instance.backupRetentionDays;
  instance.backupRetentionDays = days;
  if (days === 0) instance.backups.length = 0;
  if (before === 0 && days > 0) {
    instance.status = 'backing-up';
    await context.backups.take(instance);
  }
}

async function resetPassword(context: RdsContext, instance: DbInstance, password: string): Promise<void> {
  const master = Client.prototype.escapeIdentifier(instance.attributes.MasterUsername ?? '');
  const literal = Client.prototype.escapeLiteral(password);
  await instance.cluster.withAdmin((client) => client.query(`ALTER ROLE ${master} PASSWORD ${literal}`));
  context.events.emit('RDS-EVENT-0016', instance);
}

/**
 * The name changes while the server is down: nobody who was connected under the old name stays connected, and nobody
 * can still reach the instance under it.
 */
async function rename(
  context: RdsContext,
  instance: DbInstance,
  newIdentifier: string,
  failed: boolean,
): Promise<void> {
  const oldIdentifier = instance.identifier;
  const takeName = () => {
    instance.identifier = newIdentifier;
    instance.arn = instanceArn(context, newIdentifier);
  };
  await context.openEndpoint(newIdentifier);
  if (failed) takeName();
  else await restartServer(context, instance, takeName);
  context.events.emit(
    'RDS-EVENT-0044',
    instance,
    `Renamed instance from ${oldIdentifier} to ${newIdentifier}`,
  );
}
