import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { DbCluster } from './cluster.ts';
import { requireAvailableCluster } from './cluster-members.ts';
import { ModifyRequest } from './modify-request.ts';
import { checkSecurityGroups } from './network.ts';
import { clusterArn, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { restartServer, settle } from './restart-instance.ts';
import { ScalingConfiguration } from './restore-cluster.ts';

/** How long RDS takes for a change that is no work on the laptop, so that `modifying` can be seen. */
const MODIFICATION_MILLIS = 15_000;

/** The fields of ModifyDBCluster that have an effect here. */
const ModifyClusterRequest = z.strictObject({
  ...ModifyRequest.pick({
    CloudwatchLogsExportConfiguration: true,
    CopyTagsToSnapshot: true,
    DeletionProtection: true,
    EnableIAMDatabaseAuthentication: true,
    EngineLifecycleSupport: true,
    NetworkType: true,
    PreferredBackupWindow: true,
    PreferredMaintenanceWindow: true,
    VpcSecurityGroupIds: true,
  }).shape,
  DBClusterIdentifier: field.text,
  // There is no maintenance window on the laptop: what waits for it never comes.
  ApplyImmediately: z.literal('true'),
  BackupRetentionPeriod: field.whole.min(1).max(35).optional(),
  DBClusterParameterGroupName: field.text.optional(),
  NewDBClusterIdentifier: field.identifier.optional(),
  ServerlessV2ScalingConfiguration: ScalingConfiguration.optional(),
});
type ModifyClusterRequest = z.output<typeof ModifyClusterRequest>;

/**
 * ModifyDBCluster. A cluster parameter group waits for a reboot of the writer. A rename moves the endpoints of the cluster; its members
 * keep their names.
 *
 * @throws {RdsRequestRefused} before anything has changed; `InvalidDBClusterStateFault` unless the cluster is `available`.
 */
export function modifyCluster(context: RdsContext, fields: QueryFields): DbCluster {
  const request = parseFields(ModifyClusterRequest, fields);
  const cluster = context.clusters.get(request.DBClusterIdentifier);
  requireAvailableCluster(cluster);
  if (request.VpcSecurityGroupIds)
    checkSecurityGroups(context.securityGroups.rules, request.VpcSecurityGroupIds, cluster.subnetGroup);
  const group =
    request.DBClusterParameterGroupName && context.parameterGroups.get(request.DBClusterParameterGroupName);
  const { NewDBClusterIdentifier: newIdentifier } = request;
  const release = newIdentifier ? context.clusters.reserve(newIdentifier) : () => undefined;
  cluster.status = newIdentifier ? 'renaming' : 'modifying';
  const work = async () => {
    await delay(MODIFICATION_MILLIS / context.timeScale, undefined, { signal: context.closing });
    apply(cluster, request);
    if (group) cluster.parameterGroup = group;
    if (newIdentifier) await rename(context, cluster, newIdentifier);
  };
  context.startJob(settle(context, cluster, work).finally(release));
  return cluster;
}

function apply(cluster: DbCluster, request: ModifyClusterRequest): void {
  const { attributes } = cluster;
  const { EnableLogTypes: enable = [], DisableLogTypes: disable = [] } =
    request.CloudwatchLogsExportConfiguration ?? {};
  const logs = [...new Set([...(attributes.EnabledCloudwatchLogsExports ?? []), ...enable])];
  cluster.attributes = {
    ...attributes,
    CopyTagsToSnapshot: request.CopyTagsToSnapshot ?? attributes.CopyTagsToSnapshot,
    DeletionProtection: request.DeletionProtection ?? attributes.DeletionProtection,
    EngineLifecycleSupport: request.EngineLifecycleSupport ?? attributes.EngineLifecycleSupport,
    NetworkType: request.NetworkType ?? attributes.NetworkType,
    PreferredBackupWindow: request.PreferredBackupWindow ?? attributes.PreferredBackupWindow,
    PreferredMaintenanceWindow: request.PreferredMaintenanceWindow ?? attributes.PreferredMaintenanceWindow,
    EnabledCloudwatchLogsExports: logs.filter((type) => !disable.some((name) => name === type)).sort(),
  };
  cluster.backupRetentionDays = request.BackupRetentionPeriod ?? cluster.backupRetentionDays;
  cluster.iamAuthentication = request.EnableIAMDatabaseAuthentication ?? cluster.iamAuthentication;
  cluster.securityGroupIds = request.VpcSecurityGroupIds ?? cluster.securityGroupIds;
  cluster.scaling = request.ServerlessV2ScalingConfiguration ?? cluster.scaling;
}

/** As with an instance: nobody who was connected under the old name stays connected. */
async function rename(context: RdsContext, cluster: DbCluster, newIdentifier: string): Promise<void> {
  const oldIdentifier = cluster.identifier;
  await context.openEndpoint(newIdentifier);
  await restartServer(context, cluster, () => {
    cluster.identifier = newIdentifier;
    cluster.arn = clusterArn(context, newIdentifier);
  });
  context.events.emit('RDS-EVENT-0172', cluster, `Renamed cluster from ${oldIdentifier} to ${newIdentifier}`);
}

const StartRequest = z.strictObject({ DBClusterIdentifier: field.text });

/**
 * StartDBCluster, with its members.
 *
 * @throws {RdsRequestRefused} `InvalidDBClusterStateFault` unless the cluster is `stopped`.
 */
export function startCluster(context: RdsContext, fields: QueryFields): DbCluster {
  const cluster = context.clusters.get(parseFields(StartRequest, fields).DBClusterIdentifier);
  if (cluster.status !== 'stopped') {
    throw new RdsRequestRefused(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.identifier} is not in stopped state: ${cluster.status}.`,
    );
  }
  for (const member of cluster.members) member.status = 'starting';
  cluster.status = 'starting';
  const work = async () => {
    await cluster.cluster.start();
    for (const member of cluster.members) member.status = 'available';
    context.events.emit('RDS-EVENT-0151', cluster);
  };
  context.startJob(settle(context, cluster, work));
  return cluster;
}
