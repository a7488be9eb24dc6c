import { z } from 'zod';
import { type DbInstance, DEFAULT_ATTRIBUTES, type InstanceAttributes } from './instance.ts';
import {
  derivedInstanceRecord,
  refuseZoneOfMultiAz,
  requestedSecurityGroups,
  requestedSubnetGroup,
} from './new-instance.ts';
import { DEFAULT_PARAMETER_GROUP } from './parameter-groups.ts';
import { instanceArn, newResourceId, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { runRestore } from './restore-job.ts';
import { checkStorage } from './storage.ts';

const RestoreRequest = z.strictObject({
  TargetDBInstanceIdentifier: field.identifier,
  SourceDBInstanceIdentifier: field.text.optional(),
  SourceDbiResourceId: field.text.optional(),
  RestoreTime: field.moment.optional(),
  UseLatestRestorableTime: field.flag.default(false),
  AllocatedStorage: field.whole.optional(),
  AutoMinorVersionUpgrade: field.flag.optional(),
  AvailabilityZone: field.text.optional(),
  BackupRetentionPeriod: field.whole.min(0).max(35).optional(),
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
  Engine: z.literal('postgres').optional(),
  EngineLifecycleSupport: field.text.optional(),
  Iops: field.whole.optional(),
  LicenseModel: field.text.optional(),
  MaxAllocatedStorage: field.whole.optional(),
  MultiAZ: field.flag.optional(),
  NetworkType: field.text.optional(),
  OptionGroupName: field.text.optional(),
  // The laptop has one address: a port belongs to an identifier there and cannot be chosen.
  Port: field.whole.optional(),
  PreferredBackupWindow: field.text.optional(),
  PubliclyAccessible: field.flag.optional(),
  StorageThroughput: field.whole.optional(),
  StorageType: field.text.optional(),
  Tags: field.tags.default([]),
  VpcSecurityGroupIds: field.texts.default([]),
});

type RestoreRequest = z.output<typeof RestoreRequest>;

/** What RDS takes from the source where the request says nothing; everything else becomes a default. */
const INHERITED = [
  'AllocatedStorage',
  'DBInstanceClass',
  'DBName',
  'EngineVersion',
  'Iops',
  'KmsKeyId',
  'LicenseModel',
  'MasterUsername',
  'PreferredBackupWindow',
  'StorageEncrypted',
  'StorageThroughput',
  'StorageType',
] as const satisfies readonly (keyof InstanceAttributes)[];

/**
 * RestoreDBInstanceToPointInTime: makes a new instance from the backups of another one. It answers at once; whether
 * the restore works out shows in the status of the new instance.
 *
 * @throws {RdsRequestRefused} as the API reference lists, before anything exists.
 */
export function restoreToPointInTime(context: RdsContext, fields: QueryFields): DbInstance {
  const request = parseFields(RestoreRequest, fields);
  const source = sourceOf(context, request);
  const target = restoreTarget(source, request);
  context.instances.checkRoomFor(request.TargetDBInstanceIdentifier);
  const instance = restoredInstance(context, source, request);
  requireUsableKey(context, instance.attributes.KmsKeyId);
  context.nextRestore.check(instance.attributes.DBInstanceClass, instance.attributes.KmsKeyId);
  context.instances.add(instance);
  const fate = context.nextRestore.takeFate();
  context.startJob(runRestore(context, { source, instance, target, ...(fate && { fate }) }));
  return instance;
}

function requireUsableKey(context: RdsContext, keyArn: string | undefined): void {
  if (keyArn === undefined || context.isKeyUsable(keyArn)) return;
  throw new RdsRequestRefused(
    'KMSKeyNotAccessibleFault',
    `The key ${keyArn} cannot be accessed: it does not exist, is not enabled, or its policy does not let you use it.`,
  );
}

function sourceOf(context: RdsContext, request: RestoreRequest): DbInstance {
  const { SourceDBInstanceIdentifier: identifier, SourceDbiResourceId: resourceId } = request;
  if ((identifier === undefined) === (resourceId === undefined)) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'Exactly one of SourceDBInstanceIdentifier and SourceDbiResourceId must be specified.',
    );
  }
  const source =
    identifier !== undefined
      ? context.instances.get(identifier)
      : context.instances.getByResourceId(resourceId ?? '');
  if (source.backupRetentionDays === 0) {
    throw new RdsRequestRefused(
      'PointInTimeRestoreNotEnabled',
      `Point in time restore is not enabled for ${source.identifier}: its backup retention period is 0.`,
    );
  }
  if (source.status === 'creating' || source.backups.length === 0) {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `${source.identifier} is ${source.status} and has no backup yet.`,
    );
  }
  return source;
}

/**
 * The moment that a restore is to end at.
 *
 * @returns UTC with milliseconds.
 * @throws {RdsRequestRefused} when it is outside of what can be restored.
 */
export function restoreTarget(
  source: DbInstance,
  request: { RestoreTime?: Date | undefined; UseLatestRestorableTime: boolean },
): string {
  const latest = source.archive.coveredUntil ?? '';
  if (request.UseLatestRestorableTime === (request.RestoreTime !== undefined)) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'Exactly one of RestoreTime and UseLatestRestorableTime must be specified.',
    );
  }
  const target = request.RestoreTime?.toISOString() ?? latest;
  const earliest = source.backups[0]?.consistentFrom ?? latest;
  const inSeconds = (time: string) => `${time.slice(0, 19)}Z`;
  if (target > latest) {
    throw new RdsRequestRefused(
      'InvalidParameterValue',
      `The specified instance cannot be restored to a time later than ${inSeconds(latest)}.`,
    );
  }
  if (target < earliest) {
    throw new RdsRequestRefused(
      'InvalidParameterValue',
      `The specified instance cannot be restored to a time earlier than ${inSeconds(earliest)}.`,
    );
  }
  return target;
}

function restoredInstance(context: RdsContext, source: DbInstance, request: RestoreRequest): DbInstance {
  const subnetGroup = requestedSubnetGroup(context, request.DBSubnetGroupName);
  const securityGroupIds = requestedSecurityGroups(context, request.VpcSecurityGroupIds, subnetGroup);
  const parameterGroup = context.parameterGroups.get(
    request.DBParameterGroupName ?? DEFAULT_PARAMETER_GROUP.name,
  );
  const attributes = restoredAttributes(context, source, request);
  checkStorage(context, attributes, source.attributes);
  // A recovery runs under the source's limits; the new instance's own group comes in when it is done.
  return derivedInstanceRecord(context, source, {
    identifier: request.TargetDBInstanceIdentifier,
    resourceId: newResourceId(),
    arn: instanceArn(context, request.TargetDBInstanceIdentifier),
    attributes,
    backupRetentionDays: request.BackupRetentionPeriod ?? source.backupRetentionDays,
    iamAuthentication: request.EnableIAMDatabaseAuthentication,
    securityGroupIds,
    subnetGroup,
    parameterGroup,
    tags: new Map(request.Tags.map(({ Key, Value }) => [Key, Value])),
  });
}

function restoredAttributes(
  context: RdsContext,
  source: DbInstance,
  request: RestoreRequest,
): InstanceAttributes {
  refuseZoneOfMultiAz(request);
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, source.attributes[name]]));
  const { EnableCloudwatchLogsExports: logExports, ...rest } = request;
  const requested = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => REQUESTABLE.has(name) && value !== undefined),
  );
  return {
    ...DEFAULT_ATTRIBUTES,
    AvailabilityZone: `${context.region}b`,
    ...inherited,
    ...requested,
    ...(logExports && { EnabledCloudwatchLogsExports: logExports }),
  };
}

/** Fields of the request that become attributes under the same name. */
const REQUESTABLE = new Set<string>([
  'AllocatedStorage',
  'AutoMinorVersionUpgrade',
  'AvailabilityZone',
  'BackupTarget',
  'CACertificateIdentifier',
  'CopyTagsToSnapshot',
  'DBInstanceClass',
  'DedicatedLogVolume',
  'DeletionProtection',
  'EngineLifecycleSupport',
  'Iops',
  'LicenseModel',
  'MaxAllocatedStorage',
  'MultiAZ',
  'NetworkType',
  'PreferredBackupWindow',
  'PubliclyAccessible',
  'StorageThroughput',
  'StorageType',
] satisfies (keyof InstanceAttributes & keyof RestoreRequest)[]);
