import { z } from 'zod';
import { AURORA_ENGINE, type DbCluster } from './cluster.ts';
import { DEFAULT_ATTRIBUTES } from './instance.ts';
import { derivedInstanceRecord, requestedSecurityGroups, requestedSubnetGroup } from './new-instance.ts';
import { DEFAULT_PARAMETER_GROUP } from './parameter-groups.ts';
import { clusterArn, newResourceId, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { restoreTarget } from './restore-instance.ts';
import { runRestore } from './restore-job.ts';

const Capacity = z.coerce.number().min(0).max(256);
/** Capacity in Aurora capacity units. */
export const ScalingConfiguration = z.strictObject({ MinCapacity: Capacity, MaxCapacity: Capacity });

const RestoreClusterRequest = z.strictObject({
  DBClusterIdentifier: field.identifier,
  SourceDBClusterIdentifier: field.text.optional(),
  SourceDbClusterResourceId: field.text.optional(),
  // A clone shares the volume of its source and can only be of now: it goes back to no point.
  RestoreType: z.literal('full-copy').optional(),
  RestoreToTime: field.moment.optional(),
  UseLatestRestorableTime: field.flag.default(false),
  BackupRetentionPeriod: field.whole.min(1).max(35).optional(),
  CopyTagsToSnapshot: field.flag.default(false),
  DBClusterParameterGroupName: field.text.optional(),
  DBSubnetGroupName: field.text.optional(),
  DeletionProtection: field.flag.default(false),
  EnableCloudwatchLogsExports: field.texts.optional(),
  EnableIAMDatabaseAuthentication: field.flag.default(false),
  EngineLifecycleSupport: field.text.optional(),
  NetworkType: field.text.optional(),
  // The laptop has one address: a port belongs to an identifier there and cannot be chosen.
  Port: field.whole.optional(),
  PreferredBackupWindow: field.text.optional(),
  ServerlessV2ScalingConfiguration: ScalingConfiguration.optional(),
  StorageType: z.enum(['aurora', 'aurora-iopt1']).optional(),
  Tags: field.tags.default([]),
  VpcSecurityGroupIds: field.texts.default([]),
});
type RestoreClusterRequest = z.output<typeof RestoreClusterRequest>;

/**
 * RestoreDBClusterToPointInTime: makes a new cluster from the backups of another one, without any member. It answers at once; whether
 * the restore works out shows in the status of the new cluster.
 *
 * @throws {RdsRequestRefused} as the API reference lists, before anything exists.
 */
export function restoreClusterToPointInTime(context: RdsContext, fields: QueryFields): DbCluster {
  const request = parseFields(RestoreClusterRequest, fields);
  const source = sourceOf(context, request);
  const target = restoreTarget(source, {
    RestoreTime: request.RestoreToTime,
    UseLatestRestorableTime: request.UseLatestRestorableTime,
  });
  context.clusters.checkRoomFor(request.DBClusterIdentifier);
  const cluster = restoredCluster(context, source, request);
  context.nextRestore.check(AURORA_ENGINE, cluster.attributes.KmsKeyId);
  context.clusters.add(cluster);
  const fate = context.nextRestore.takeFate();
  context.startJob(runRestore(context, { source, instance: cluster, target, ...(fate && { fate }) }));
  return cluster;
}

function sourceOf(context: RdsContext, request: RestoreClusterRequest): DbCluster {
  const { SourceDBClusterIdentifier: identifier, SourceDbClusterResourceId: resourceId } = request;
  if ((identifier === undefined) === (resourceId === undefined)) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'Exactly one of SourceDBClusterIdentifier and SourceDbClusterResourceId must be specified.',
    );
  }
  const source =
    identifier !== undefined
      ? context.clusters.get(identifier)
      : context.clusters.getByResourceId(resourceId ?? '');
  if (source.backups.length === 0) {
    throw new RdsRequestRefused(
      'InvalidDBClusterStateFault',
      `${source.identifier} is ${source.status} and nothing of it can be restored yet.`,
    );
  }
  return source;
}

/** What is not told becomes a default, but for the engine, the key and the retention, which come from the source. */
function restoredCluster(context: RdsContext, source: DbCluster, request: RestoreClusterRequest): DbCluster {
  const subnetGroup = requestedSubnetGroup(context, request.DBSubnetGroupName);
  const securityGroupIds = requestedSecurityGroups(context, request.VpcSecurityGroupIds, subnetGroup);
  const parameterGroup = context.parameterGroups.get(
    request.DBClusterParameterGroupName ?? DEFAULT_PARAMETER_GROUP.name,
  );
  const { DBName, EngineVersion, KmsKeyId, MasterUsername, StorageEncrypted } = source.attributes;
  const cluster = derivedInstanceRecord(context, source, {
    identifier: request.DBClusterIdentifier,
    resourceId: newResourceId('cluster'),
    arn: clusterArn(context, request.DBClusterIdentifier),
    attributes: {
      ...DEFAULT_ATTRIBUTES,
      AvailabilityZone: `${context.region}b`,
      DBName,
      EngineVersion,
      KmsKeyId,
      MasterUsername,
      StorageEncrypted,
      CopyTagsToSnapshot: request.CopyTagsToSnapshot,
      DeletionProtection: request.DeletionProtection,
      EngineLifecycleSupport: request.EngineLifecycleSupport ?? DEFAULT_ATTRIBUTES.EngineLifecycleSupport,
      NetworkType: request.NetworkType ?? DEFAULT_ATTRIBUTES.NetworkType,
      PreferredBackupWindow: request.PreferredBackupWindow ?? DEFAULT_ATTRIBUTES.PreferredBackupWindow,
      StorageType: request.StorageType === 'aurora-iopt1' ? request.StorageType : undefined,
      ...(request.EnableCloudwatchLogsExports && {
        EnabledCloudwatchLogsExports: request.EnableCloudwatchLogsExports,
      }),
    },
    backupRetentionDays: request.BackupRetentionPeriod ?? source.backupRetentionDays,
    iamAuthentication: request.EnableIAMDatabaseAuthentication,
    securityGroupIds,
    subnetGroup,
    parameterGroup,
    tags: new Map(request.Tags.map(({ Key, Value }) => [Key, Value])),
  });
  return { ...cluster, members: [], scaling: request.ServerlessV2ScalingConfiguration };
}
