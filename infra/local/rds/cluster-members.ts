import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AURORA_ENGINE, type ClusterMember, type DbCluster } from './cluster.ts';
import type { FoundMember } from './clusters.ts';
import { DEFAULT_ATTRIBUTES, type InstanceAttributes } from './instance.ts';
import { ModifyRequest, modifiedAttributes } from './modify-request.ts';
import { DEFAULT_PARAMETER_GROUP } from './parameter-groups.ts';
import { instanceArn, newResourceId, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { restartServer } from './restart-instance.ts';

/** How long RDS takes for what is no work on the laptop, so that `creating` and `modifying` can be seen. */
const MEMBER_MILLIS = 15_000;

const CreateMember = z.strictObject({
  DBInstanceIdentifier: field.identifier,
  DBClusterIdentifier: field.text,
  DBInstanceClass: field.text,
  Engine: z.literal(AURORA_ENGINE),
  AutoMinorVersionUpgrade: field.flag.default(true),
  AvailabilityZone: field.text.optional(),
  CACertificateIdentifier: field.text.optional(),
  DBParameterGroupName: field.text.optional(),
  EnablePerformanceInsights: field.flag.optional(),
  MonitoringInterval: field.whole.optional(),
  MonitoringRoleArn: field.text.optional(),
  PerformanceInsightsKMSKeyId: field.text.optional(),
  PerformanceInsightsRetentionPeriod: field.whole.optional(),
  PreferredMaintenanceWindow: field.text.optional(),
  PromotionTier: field.whole.min(0).max(15).default(1),
  PubliclyAccessible: field.flag.default(false),
  Tags: field.tags.default([]),
});

/** What a member of a cluster has of its own and ModifyDBInstance may change; the rest is asked of the cluster. */
const ModifyMember = ModifyRequest.pick({
  DBInstanceIdentifier: true,
  ApplyImmediately: true,
  AutoMinorVersionUpgrade: true,
  CACertificateIdentifier: true,
  DBInstanceClass: true,
  DBParameterGroupName: true,
  EnablePerformanceInsights: true,
  MonitoringInterval: true,
  MonitoringRoleArn: true,
  PerformanceInsightsKMSKeyId: true,
  PerformanceInsightsRetentionPeriod: true,
  PreferredMaintenanceWindow: true,
  PubliclyAccessible: true,
});

/**
 * CreateDBInstance, into a cluster: the only instances that anybody but the platform makes here.
 *
 * @throws {RdsRequestRefused} `DBInstanceAlreadyExists`, `DBClusterNotFoundFault`, `InvalidDBClusterStateFault`, `InstanceQuotaExceeded`.
 */
export function createMember(context: RdsContext, fields: QueryFields): FoundMember {
  const request = parseFields(CreateMember, fields);
  const { instances, clusters } = context;
  const cluster = clusters.get(request.DBClusterIdentifier);
  if (instances.find(request.DBInstanceIdentifier) || clusters.findMember(request.DBInstanceIdentifier)) {
    throw new RdsRequestRefused(
      'DBInstanceAlreadyExists',
      `DB instance already exists: ${request.DBInstanceIdentifier}`,
    );
  }
  requireAvailableCluster(cluster);
  if (instances.list().length + clusters.members().length >= instances.quota)
    throw new RdsRequestRefused(
      'InstanceQuotaExceeded',
      `The quota of ${instances.quota} DB instances is used up.`,
    );
  context.nextRestore.check(request.DBInstanceClass, cluster.attributes.KmsKeyId);
  const member = newMember(context, cluster, request.DBInstanceIdentifier, {
    parameterGroupName: request.DBParameterGroupName,
    promotionTier: request.PromotionTier,
    tags: request.Tags.map(({ Key, Value }) => [Key, Value]),
    attributes: {
      DBInstanceClass: request.DBInstanceClass,
      AutoMinorVersionUpgrade: request.AutoMinorVersionUpgrade,
      PubliclyAccessible: request.PubliclyAccessible,
      ...given(request, [
        'AvailabilityZone',
        'CACertificateIdentifier',
        'MonitoringInterval',
        'MonitoringRoleArn',
        'PerformanceInsightsKMSKeyId',
        'PerformanceInsightsRetentionPeriod',
        'PreferredMaintenanceWindow',
      ]),
      ...(request.EnablePerformanceInsights && { PerformanceInsightsEnabled: true }),
    },
  });
  cluster.members.push(member);
  context.startJob(
    settleMember(context, member, async () => {
      await context.openEndpoint(cluster.identifier);
      context.events.emit('RDS-EVENT-0005', member);
    }),
  );
  return { cluster, member };
}

/** A member that is being created. */
export function newMember(
  context: RdsContext,
  cluster: DbCluster,
  identifier: string,
  spec: {
    parameterGroupName?: string | undefined;
    promotionTier: number;
    tags: Iterable<readonly [string, string]>;
    attributes: InstanceAttributes;
  },
): ClusterMember {
  const group = context.parameterGroups.get(spec.parameterGroupName ?? DEFAULT_PARAMETER_GROUP.name);
  return {
    identifier,
    resourceId: newResourceId('db'),
    arn: instanceArn(context, identifier),
    createdAt: new Date(),
    status: 'creating',
    attributes: {
      ...DEFAULT_ATTRIBUTES,
      AvailabilityZone: `${context.region}${['a', 'b', 'c'][cluster.members.length % 3]}`,
      ...spec.attributes,
    },
    promotionTier: spec.promotionTier,
    parameterGroup: group,
    activeParameterGroup: group,
    tags: new Map(spec.tags),
  };
}

/**
 * ModifyDBInstance on a member. A parameter group waits for a reboot.
 *
 * @throws {RdsRequestRefused} `InvalidDBInstanceState`.
 */
export function modifyMember(
  context: RdsContext,
  { cluster, member }: FoundMember,
  fields: QueryFields,
): FoundMember {
  const request = ModifyRequest.parse(parseFields(ModifyMember, fields));
  requireAvailableMember(member);
  const attributes = modifiedAttributes(member, request);
  const group = request.DBParameterGroupName && context.parameterGroups.get(request.DBParameterGroupName);
  member.status = 'modifying';
  context.startJob(
    settleMember(context, member, async () => {
      member.attributes = attributes;
      if (group) member.parameterGroup = group;
    }),
  );
  return { cluster, member };
}

/**
 * RebootDBInstance on a member: with the writer the server of the cluster starts anew, under the cluster parameter group as it is now.
 *
 * @throws {RdsRequestRefused} `InvalidDBInstanceState`.
 */
export function rebootMember(context: RdsContext, { cluster, member }: FoundMember): FoundMember {
  requireAvailableMember(member);
  member.status = 'rebooting';
  context.startJob(
    settleMember(context, member, async () => {
      if (cluster.members[0] === member) await restartServer(context, cluster);
      member.activeParameterGroup = member.parameterGroup;
      context.events.emit('RDS-EVENT-0006', member);
    }),
  );
  return { cluster, member };
}

/** @throws {RdsRequestRefused} `InvalidDBClusterStateFault`. */
export function requireAvailableCluster(cluster: DbCluster): void {
  if (cluster.status !== 'available') {
    throw new RdsRequestRefused(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.identifier} is not in available state: ${cluster.status}.`,
    );
  }
}

function requireAvailableMember(member: ClusterMember): void {
  if (member.status !== 'available') {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `Database instance ${member.identifier} is not in available state: ${member.status}.`,
    );
  }
}

async function settleMember(
  context: RdsContext,
  member: ClusterMember,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await delay(MEMBER_MILLIS / context.timeScale, undefined, { signal: context.closing });
    await work();
    member.status = 'available';
  } catch {
    member.status = 'failed';
  }
}

function given<Request extends object, Name extends keyof Request>(
  request: Request,
  names: readonly Name[],
): Partial<Pick<Request, Name>> {
  return Object.fromEntries(
    names.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  ) as Partial<Pick<Request, Name>>;
}
