import type { ServerlessV2ScalingConfigurationInfo } from '@aws-sdk/client-rds';
import type { DbCluster } from './cluster.ts';
import { newMember } from './cluster-members.ts';
import { type InstanceSpec, newInstance, setUpInstance } from './create-instance.ts';
import type { InstanceAttributes } from './instance.ts';
import { clusterArn, newResourceId, type RdsContext } from './rds-context.ts';

/** An Aurora cluster that exists before the drill begins; the parameter group is the cluster's. */
export interface ClusterSpec extends InstanceSpec {
  /** The writer first. */
  members: readonly { identifier: string; parameterGroupName?: string; attributes?: InstanceAttributes }[];
  scaling?: ServerlessV2ScalingConfigurationInfo;
}

/**
 * Creates a cluster with its database and its members.
 *
 * @throws {RdsRequestRefused} when the identifier is taken or a security group does not exist.
 */
export async function createCluster(context: RdsContext, spec: ClusterSpec): Promise<DbCluster> {
  context.clusters.checkRoomFor(spec.identifier);
  const cluster: DbCluster = {
    ...newInstance(context, spec, newResourceId('cluster')),
    arn: clusterArn(context, spec.identifier),
    members: [],
    scaling: spec.scaling,
  };
  cluster.attributes = { ...cluster.attributes, StorageType: spec.attributes?.StorageType };
  context.clusters.add(cluster);
  for (const { identifier, parameterGroupName, attributes } of spec.members) {
    const member = newMember(context, cluster, identifier, {
      parameterGroupName,
      promotionTier: cluster.members.length,
      tags: Object.entries(spec.tags ?? {}),
      attributes: { DBInstanceClass: 'db.r7g.large', ...attributes },
    });
    cluster.members.push({ ...member, status: 'available' });
  }
  context.events.emit('RDS-EVENT-0170', cluster);
  await setUpInstance(context, cluster, spec);
  return cluster;
}
