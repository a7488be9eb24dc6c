import { z } from 'zod';
import { type DbCluster, describeCluster, describeMember } from './cluster.ts';
import { createMember } from './cluster-members.ts';
import type { FoundMember } from './clusters.ts';
import { modifyCluster, startCluster } from './modify-cluster.ts';
import type { Operations } from './operations.ts';
import { page, paged } from './page.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields } from './rds-query.ts';
import { restoreClusterToPointInTime } from './restore-cluster.ts';

const DescribeClusters = z.strictObject({
  DBClusterIdentifier: field.text.optional(),
  Filters: field.filters.default([]),
  ...page,
});
const DescribeParameters = z.strictObject({
  DBClusterParameterGroupName: field.text,
  Source: z.enum(['user', 'system', 'engine-default']).optional(),
  ...page,
});

/** The operations on Aurora clusters. */
export const clusterOperations: Operations = {
  DescribeDBClusters: (context, fields) => {
    const request = parseFields(DescribeClusters, fields);
    const found = request.DBClusterIdentifier
      ? [context.clusters.get(request.DBClusterIdentifier)]
      : context.clusters.list();
    return paged('DBClusters', request, found.filter(matching(request.Filters)).map(clusterShownBy(context)));
  },
  DescribeDBClusterParameters: (context, fields) => {
    const request = parseFields(DescribeParameters, fields);
    const group = context.parameterGroups.get(request.DBClusterParameterGroupName);
    const source = group.name.startsWith('default.') ? 'system' : 'user';
    const parameters = Object.entries(group.parameters)
      .filter(() => !request.Source || request.Source === source)
      .map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue, Source: source }));
    return paged('Parameters', request, parameters);
  },
  ModifyDBCluster: (context, fields) => ({
    DBCluster: clusterShownBy(context)(modifyCluster(context, fields)),
  }),
  StartDBCluster: (context, fields) => ({
    DBCluster: clusterShownBy(context)(startCluster(context, fields)),
  }),
  RestoreDBClusterToPointInTime: (context, fields) => ({
    DBCluster: clusterShownBy(context)(restoreClusterToPointInTime(context, fields)),
  }),
  CreateDBInstance: (context, fields) => ({
    DBInstance: memberShownBy(context)(createMember(context, fields)),
  }),
};

/** Shows a cluster as the API does: without an endpoint until it has been created. */
function clusterShownBy(context: RdsContext) {
  return (cluster: DbCluster) =>
    describeCluster(
      cluster,
      cluster.status === 'creating' ? undefined : context.endpointOf(cluster.identifier),
    );
}

/** Shows a member as the API does. */
export function memberShownBy(context: RdsContext) {
  return ({ cluster, member }: FoundMember) =>
    describeMember(
      cluster,
      member,
      member.status === 'creating' ? undefined : context.endpointOf(member.identifier),
    );
}

function matching(filters: z.output<typeof field.filters>): (cluster: DbCluster) => boolean {
  const values: Record<string, (cluster: DbCluster) => string> = {
    'db-cluster-id': ({ identifier }) => identifier,
    'db-cluster-resource-id': ({ resourceId }) => resourceId,
  };
  const tests = filters.map(({ Name, Values }) => {
    const attribute = values[Name];
    if (!attribute) throw new RdsRequestRefused('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
    return (cluster: DbCluster) => Values.includes(attribute(cluster)) || Values.includes(cluster.arn);
  });
  return (cluster) => tests.every((test) => test(cluster));
}
