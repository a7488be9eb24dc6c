import { z } from 'zod';
import { type DbInstance, DEFAULT_ATTRIBUTES, type InstanceAttributes } from './instance.ts';
import { derivedInstanceRecord, refuseZoneOfMultiAz, requestedSecurityGroups } from './new-instance.ts';
import { postgresParameters } from './parameter-groups.ts';
import { instanceArn, newResourceId, phaseTimer, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { startStandby } from './replication.ts';
import { requireAvailable } from './restart-instance.ts';
import { checkStorage } from './storage.ts';

const ReplicaRequest = z.strictObject({
  DBInstanceIdentifier: field.identifier,
  SourceDBInstanceIdentifier: field.text,
  AllocatedStorage: field.whole.optional(),
  AutoMinorVersionUpgrade: field.flag.optional(),
  AvailabilityZone: field.text.optional(),
  BackupTarget: field.text.optional(),
  CACertificateIdentifier: field.text.optional(),
  CopyTagsToSnapshot: field.flag.optional(),
  DBInstanceClass: field.text.optional(),
  DBParameterGroupName: field.text.optional(),
  DBSubnetGroupName: field.text.optional(),
  DedicatedLogVolume: field.flag.optional(),
  DeletionProtection: field.flag.optional(),
  EnableCloudwatchLogsExports: field.texts.optional(),
  EnableIAMDatabaseAuthentication: field.flag.default(false),
  Iops: field.whole.optional(),
  MaxAllocatedStorage: field.whole.optional(),
  MonitoringInterval: field.whole.optional(),
  MonitoringRoleArn: field.text.optional(),
  MultiAZ: field.flag.optional(),
  NetworkType: field.text.optional(),
  OptionGroupName: field.text.optional(),
  // The laptop has one address: a port belongs to an identifier there and cannot be chosen.
  Port: field.whole.optional(),
  PubliclyAccessible: field.flag.optional(),
  StorageThroughput: field.whole.optional(),
  StorageType: field.text.optional(),
  Tags: field.tags.default([]),
  VpcSecurityGroupIds: field.texts.default([]),
});

type ReplicaRequest = z.output<typeof ReplicaRequest>;

/** RDS for PostgreSQL gives an instance so many replicas at most. */
const MAX_REPLICAS = 15;

/** What a replica in the region of its source has from it where the request says nothing; everything else becomes a default. */
const INHERITED = [
  'AllocatedStorage',
  'AutoMinorVersionUpgrade',
  'DBInstanceClass',
  'DBName',
  'EngineLifecycleSupport',
  'EngineVersion',
  'Iops',
  'KmsKeyId',
  'LicenseModel',
  'MasterUsername',
  'StorageEncrypted',
  'StorageThroughput',
  'StorageType',
] as const satisfies readonly (keyof InstanceAttributes)[];

/** Fields of the request that become attributes under the same name. */
const REQUESTABLE = [
  'AllocatedStorage',
  'AutoMinorVersionUpgrade',
  'AvailabilityZone',
  'BackupTarget',
  'CACertificateIdentifier',
  'CopyTagsToSnapshot',
  'DBInstanceClass',
  'DedicatedLogVolume',
  'DeletionProtection',
  'Iops',
  'MaxAllocatedStorage',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'MultiAZ',
  'NetworkType',
  'PubliclyAccessible',
  'StorageThroughput',
  'StorageType',
] as const satisfies readonly (keyof InstanceAttributes & keyof ReplicaRequest)[];

/**
 * CreateDBInstanceReadReplica, in the region of the source. It answers at once; whether the replica comes up shows in its status.
 * Subnet group and parameter group are those of the source, backups are off, and everything that is not asked for beyond is a default:
 * the security group too.
 *
 * @throws {RdsRequestRefused} as the API reference lists, before anything exists.
 */
export function createReadReplica(context: RdsContext, fields: QueryFields): DbInstance {
  return beginReadReplica(context, fields).replica;
}

/** {@link createReadReplica}, with when it has come up or failed to. */
export function beginReadReplica(
  context: RdsContext,
  fields: QueryFields,
): { replica: DbInstance; creation: Promise<void> } {
  const request = parseFields(ReplicaRequest, fields);
  const source = sourceOf(context, request);
  context.instances.checkRoomFor(request.DBInstanceIdentifier);
  const replica = newReplica(context, source, request);
  context.instances.add(replica);
  const creation = runCreation(context, source, replica);
  context.startJob(creation);
  return { replica, creation };
}

function sourceOf(context: RdsContext, request: ReplicaRequest): DbInstance {
  const source = context.instances.get(request.SourceDBInstanceIdentifier);
  requireAvailable(source);
  if (source.backupRetentionDays === 0) {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      'Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.',
    );
  }
  if (context.instances.replicasOf(source).length >= MAX_REPLICAS) {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `${source.identifier} has ${MAX_REPLICAS} read replicas already.`,
    );
  }
  if (request.DBSubnetGroupName !== undefined) {
    throw new RdsRequestRefused(
      'DBSubnetGroupNotAllowedFault',
      'DbSubnetGroupName should not be specified for read replicas that are created in the same region as the master',
    );
  }
  return source;
}

function newReplica(context: RdsContext, source: DbInstance, request: ReplicaRequest): DbInstance {
  const { subnetGroup } = source;
  const securityGroupIds = requestedSecurityGroups(context, request.VpcSecurityGroupIds, subnetGroup);
  const parameterGroup = request.DBParameterGroupName
    ? context.parameterGroups.get(request.DBParameterGroupName)
    : source.parameterGroup;
  const attributes = replicaAttributes(context, source, request);
  checkStorage(context, attributes, source.attributes);
  const replica = derivedInstanceRecord(context, source, {
    identifier: request.DBInstanceIdentifier,
    resourceId: newResourceId(),
    arn: instanceArn(context, request.DBInstanceIdentifier),
    attributes,
    backupRetentionDays: 0,
    iamAuthentication: request.EnableIAMDatabaseAuthentication,
    securityGroupIds,
    subnetGroup,
    parameterGroup,
    tags: new Map(request.Tags.map(({ Key, Value }) => [Key, Value])),
  });
  return { ...replica, replicaOf: source, replicationStatus: 'connecting' };
}

function replicaAttributes(
  context: RdsContext,
  source: DbInstance,
  request: ReplicaRequest,
): InstanceAttributes {
  refuseZoneOfMultiAz(request);
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, source.attributes[name]]));
  const requested = Object.fromEntries(
    REQUESTABLE.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  );
  return {
    ...DEFAULT_ATTRIBUTES,
    AvailabilityZone: `${context.region}c`,
    ...inherited,
    ...requested,
    ...(request.EnableCloudwatchLogsExports && {
      EnabledCloudwatchLogsExports: request.EnableCloudwatchLogsExports,
    }),
  };
}

/** It never rejects: a replica that does not come up is `failed`. */
async function runCreation(context: RdsContext, source: DbInstance, replica: DbInstance): Promise<void> {
  const phase = phaseTimer(context, replica);
  phase.begin('create-replica');
  try {
    await startStandby(context, source, replica);
    const parameters = postgresParameters(replica.parameterGroup);
    if (JSON.stringify(parameters) !== JSON.stringify(replica.cluster.parameters)) {
      await replica.cluster.stop('fast');
      replica.cluster.configure(parameters);
      await replica.cluster.start();
    }
    context.closing.throwIfAborted();
    await context.openEndpoint(replica.identifier);
    await context.replicaWatch.look(replica);
    replica.createdAt = new Date();
    replica.status = 'available';
    context.events.emit('RDS-EVENT-0005', replica);
  } catch (error) {
    await replica.cluster.stop('immediate');
    replica.status = 'failed';
    context.events.emit('RDS-EVENT-0202', replica, error instanceof Error ? error.message : String(error));
  }
  phase.end();
}
