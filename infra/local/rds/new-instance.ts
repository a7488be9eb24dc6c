import type { DbInstance, InstanceAttributes } from './instance.ts';
import {
  checkSecurityGroups,
  DEFAULT_SECURITY_GROUP,
  DEFAULT_SUBNET_GROUP,
  type SubnetGroup,
} from './network.ts';
import { newCluster, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { WalArchive } from './wal-archive.ts';

/** What differs between the ways in which an instance or a cluster begins. */
type Told = Pick<
  DbInstance,
  | 'identifier'
  | 'resourceId'
  | 'arn'
  | 'attributes'
  | 'backupRetentionDays'
  | 'iamAuthentication'
  | 'securityGroupIds'
  | 'subnetGroup'
  | 'parameterGroup'
  | 'tags'
>;

/** What RDS knows of an instance or a cluster that is being made; with the directories of its server, and nothing in them. */
export function newInstanceRecord(
  context: RdsContext,
  told: Told,
  layout: Parameters<typeof newCluster>[2],
): DbInstance {
  const { cluster, directory } = newCluster(context, told.resourceId, layout);
  return {
    ...told,
    createdAt: new Date(),
    status: 'creating',
    activeParameterGroup: told.parameterGroup,
    pending: {},
    cluster,
    archive: new WalArchive(cluster.archiveDirectory),
    backups: [],
    directory,
    adminPassword: layout.adminPassword,
  };
}

/** {@link newInstanceRecord} of what is made from another one: it begins under the limits of its source, and keeps its password. */
export function derivedInstanceRecord(context: RdsContext, source: DbInstance, told: Told): DbInstance {
  const { adminPassword, cluster } = source;
  return newInstanceRecord(context, told, { adminPassword, parameters: cluster.parameters });
}

/**
 * The subnet group that a request names, or the default one.
 * @throws {RdsRequestRefused} when there is none of that name.
 */
export function requestedSubnetGroup(context: RdsContext, name: string | undefined): SubnetGroup {
  const subnetGroup = context.subnetGroups.get(name ?? DEFAULT_SUBNET_GROUP.name);
  if (subnetGroup) return subnetGroup;
  throw new RdsRequestRefused('DBSubnetGroupNotFoundFault', `DB subnet group ${name} does not exist.`);
}

/**
 * The security groups that a request names, or the default one.
 * @throws {RdsRequestRefused} when one does not exist, or is of another network.
 */
export function requestedSecurityGroups(
  context: RdsContext,
  named: readonly string[],
  subnetGroup: SubnetGroup,
): readonly string[] {
  const securityGroupIds = named.length > 0 ? named : [DEFAULT_SECURITY_GROUP];
  checkSecurityGroups(context.securityGroups.rules, securityGroupIds, subnetGroup);
  return securityGroupIds;
}

/** @throws {RdsRequestRefused} when a zone is asked for an instance that has two. */
export function refuseZoneOfMultiAz({
  MultiAZ,
  AvailabilityZone,
}: Pick<InstanceAttributes, 'MultiAZ' | 'AvailabilityZone'>): void {
  if (!MultiAZ || !AvailabilityZone) return;
  throw new RdsRequestRefused(
    'InvalidParameterCombination',
    'Requesting a specific availability zone is not valid for Multi-AZ instances.',
  );
}
