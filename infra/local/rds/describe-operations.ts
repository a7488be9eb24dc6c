import type { DBInstance, DBInstanceAutomatedBackup } from '@aws-sdk/client-rds';
import { z } from 'zod';
import { memberShownBy } from './cluster-operations.ts';
import type { FoundMember } from './clusters.ts';
import { type DbInstance, describeInstance, type InstanceStatus } from './instance.ts';
import type { Operations } from './operations.ts';
import { page, paged } from './page.ts';
import { PARAMETER_GROUP_FAMILY } from './parameter-groups.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields } from './rds-query.ts';
import { allocatedGibibytes } from './storage.ts';

/** States in which an instance has never been reachable. */
const WITHOUT_ENDPOINT = new Set<string>([
  'creating',
  'incompatible-restore',
  'incompatible-network',
  'insufficient-capacity',
] satisfies InstanceStatus[]);

const DescribeInstances = z.strictObject({
  DBInstanceIdentifier: field.text.optional(),
  Filters: field.filters.default([]),
  ...page,
});
const DescribeAutomatedBackups = z.strictObject({
  DBInstanceIdentifier: field.text.optional(),
  DbiResourceId: field.text.optional(),
  ...page,
});
const DescribeParameterGroups = z.strictObject({ DBParameterGroupName: field.text.optional(), ...page });
const DescribeParameters = z.strictObject({
  DBParameterGroupName: field.text,
  Source: z.enum(['user', 'system', 'engine-default']).optional(),
  ...page,
});
const DescribeEvents = z.strictObject({
  SourceIdentifier: field.text.optional(),
  SourceType: z.enum(['db-instance', 'db-cluster']).optional(),
  StartTime: field.moment.optional(),
  EndTime: field.moment.optional(),
  Duration: field.whole.min(1).optional(),
  EventCategories: field.texts.optional(),
  ...page,
});
const DescribeSnapshots = z.strictObject({
  DBInstanceIdentifier: field.text.optional(),
  DBSnapshotIdentifier: field.text.optional(),
  DbiResourceId: field.text.optional(),
  SnapshotType: field.text.optional(),
  ...page,
});

/** The operations that only look. */
export const describeOperations: Operations = {
  DescribeAccountAttributes: (context, fields) => {
    parseFields(z.strictObject({}), fields);
    const { instances, clusters, storageQuotaGibibytes } = context;
    return {
      AccountQuotas: [
        {
          AccountQuotaName: 'DBInstances',
          Used: instances.list().length + clusters.members().length,
          Max: instances.quota,
        },
        { AccountQuotaName: 'DBClusters', Used: clusters.list().length, Max: clusters.quota },
        {
          AccountQuotaName: 'AllocatedStorage',
          Used: allocatedGibibytes(context),
          Max: storageQuotaGibibytes,
        },
      ],
    };
  },

  DescribeDBInstances: (context, fields) => {
    const request = parseFields(DescribeInstances, fields);
    const { DBInstanceIdentifier: identifier, Filters: filters } = request;
    const member = identifier && context.clusters.findMember(identifier);
    if (member) return paged('DBInstances', request, [memberShownBy(context)(member)]);
    const found = identifier ? [context.instances.get(identifier)] : context.instances.list();
    const shown = found.filter(matching(filters)).map(shownBy(context));
    const members = identifier ? [] : membersOf(context, filters).map(memberShownBy(context));
    return paged('DBInstances', request, [...shown, ...members]);
  },

  DescribeDBInstanceAutomatedBackups: (context, fields) => {
    const request = parseFields(DescribeAutomatedBackups, fields);
    const found = context.instances
      .list()
      .filter(
        ({ identifier }) => !request.DBInstanceIdentifier || identifier === request.DBInstanceIdentifier,
      )
      .filter(({ resourceId }) => !request.DbiResourceId || resourceId === request.DbiResourceId)
      .filter(({ backupRetentionDays, backups }) => backupRetentionDays > 0 && backups.length > 0);
    return paged(
      'DBInstanceAutomatedBackups',
      request,
      found.map((instance) => automatedBackup(context, instance)),
    );
  },

  DescribeDBParameterGroups: (context, fields) => {
    const request = parseFields(DescribeParameterGroups, fields);
    const found = request.DBParameterGroupName
      ? [context.parameterGroups.get(request.DBParameterGroupName)]
      : context.parameterGroups.list();
    const groups = found.map(({ name, description }) => ({
      DBParameterGroupName: name,
      DBParameterGroupFamily: PARAMETER_GROUP_FAMILY,
      Description: description,
      DBParameterGroupArn: `arn:aws:rds:${context.region}:${context.accountId}:pg:${name}`,
    }));
    return paged('DBParameterGroups', request, groups);
  },

  DescribeDBParameters: (context, fields) => {
    const request = parseFields(DescribeParameters, fields);
    const group = context.parameterGroups.get(request.DBParameterGroupName);
    const source = group.name.startsWith('default.') ? 'system' : 'user';
    const parameters = Object.entries(group.parameters)
      .filter(() => !request.Source || request.Source === source)
      .map(([name, value]) => ({
        ParameterName: name,
        ParameterValue: value,
        Source: source,
        ApplyType: 'static',
        DataType: 'string',
        IsModifiable: true,
        ApplyMethod: 'pending-reboot',
      }));
    return paged('Parameters', request, parameters);
  },

  DescribeEvents: (context, fields) => {
    const request = parseFields(DescribeEvents, fields);
    const until = request.EndTime ?? new Date();
    const from = request.StartTime ?? new Date(until.getTime() - (request.Duration ?? 60) * 60_000);
    const events = context.events.records
      .filter((event) => !request.SourceIdentifier || event.SourceIdentifier === request.SourceIdentifier)
      .filter((event) => !request.SourceType || event.SourceType === request.SourceType)
      .filter(({ Date: date }) => date >= from && date <= until)
      .filter(
        ({ EventCategories: categories }) =>
          !request.EventCategories ||
          categories.some((category) => request.EventCategories?.includes(category)),
      );
    return paged('Events', request, events);
  },

  DescribeDBSnapshots: (_context, fields) => paged('DBSnapshots', parseFields(DescribeSnapshots, fields), []),
};

/** Shows an instance as the API does: without an endpoint, until it has been created. */
export function shownBy(context: RdsContext): (instance: DbInstance) => DBInstance {
  return (instance) =>
    describeInstance(
      instance,
      WITHOUT_ENDPOINT.has(instance.status) ? undefined : context.endpointOf(instance.identifier),
      context.instances.replicasOf(instance),
    );
}

function automatedBackup(context: RdsContext, instance: DbInstance): DBInstanceAutomatedBackup {
  const { attributes } = instance;
  const [earliest, latest] = [instance.backups[0]?.consistentFrom, instance.archive.coveredUntil];
  return {
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.resourceId,
    DBInstanceIdentifier: instance.identifier,
    DBInstanceAutomatedBackupsArn: `arn:aws:rds:${context.region}:${context.accountId}:auto-backup:${instance.resourceId.replace('db-', 'ab-').toLowerCase()}`,
    Region: context.region,
    Status: 'active',
    ...(earliest &&
      latest && { RestoreWindow: { EarliestTime: new Date(earliest), LatestTime: new Date(latest) } }),
    AllocatedStorage: attributes.AllocatedStorage,
    BackupRetentionPeriod: instance.backupRetentionDays,
    BackupTarget: attributes.BackupTarget,
    Encrypted: attributes.StorageEncrypted,
    Engine: 'postgres',
    EngineVersion: attributes.EngineVersion,
    IAMDatabaseAuthenticationEnabled: instance.iamAuthentication,
    InstanceCreateTime: instance.createdAt,
    KmsKeyId: attributes.KmsKeyId,
    LicenseModel: attributes.LicenseModel,
    MasterUsername: attributes.MasterUsername,
    StorageType: attributes.StorageType,
    VpcId: instance.subnetGroup.vpcId,
  };
}

function membersOf({ clusters }: RdsContext, filters: z.output<typeof field.filters>): FoundMember[] {
  const ofCluster = filters.flatMap(({ Name, Values }) => (Name === 'db-cluster-id' ? Values : []));
  const others = filters.filter(({ Name }) => Name !== 'db-cluster-id');
  return clusters
    .members()
    .filter(({ cluster }) => ofCluster.length === 0 || ofCluster.includes(cluster.identifier))
    .filter(({ member, cluster }) => matching(others)({ ...cluster, ...member, replicaOf: undefined }));
}

function matching(filters: z.output<typeof field.filters>): (instance: DbInstance) => boolean {
  const values: Record<string, (instance: DbInstance) => string> = {
    'db-cluster-id': () => '',
    'db-instance-id': ({ identifier }) => identifier,
    'dbi-resource-id': ({ resourceId }) => resourceId,
    engine: () => 'postgres',
  };
  const tests = filters.map(({ Name, Values }) => {
    const attribute = values[Name];
    if (!attribute) throw new RdsRequestRefused('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
    return (instance: DbInstance) => Values.includes(attribute(instance)) || Values.includes(instance.arn);
  });
  return (instance) => tests.every((test) => test(instance));
}
