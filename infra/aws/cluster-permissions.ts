import { Stack } from 'aws-cdk-lib';
import type { RdsPermissions } from './rds-permissions.ts';
import {
  askStorageKey,
  COPY_REASON,
  describeProxies,
  describeQuotas,
  passMonitoringRole,
  rdsArn,
  useStorageKey,
} from './rds-statements.ts';
import type { Resources } from './resources.ts';
import { allow, allowWildcard } from './statements.ts';

const MEMBERS_REASON =
  'Members of a cluster are asked for by the cluster, which RDS answers only to whoever may describe all';

/**
 * What RDS may be asked where the database is an Aurora cluster. What is restored, fenced and renamed is the cluster; instances may be made
 * and changed as members of copies only.
 */
export function clusterPermissions(resources: Resources): RdsPermissions {
  const { configuration, controlTable } = resources;
  const { identifier, subnetGroup, parameterGroup, clusterParameterGroup, optionGroup } =
    configuration.database;
  const { kmsKeyArn, monitoringRoleArn } = configuration.database;
  const { region } = Stack.of(controlTable);
  const arn = rdsArn(resources);
  const source = arn('cluster', identifier);
  const restored = arn('cluster', `${identifier}-restored-*`);
  const replaced = arn('cluster', `${identifier}-replaced-*`);
  const restoredMembers = arn('db', `${identifier}-restored-*`);
  const anyMember = arn('db', '*');
  const clusterGroup = arn('cluster-pg', clusterParameterGroup ?? '');
  const memberGroups = [arn('pg', parameterGroup), arn('og', optionGroup)];
  const describe = ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'];

  return {
    // The target of a proxy is swapped for instances alone.
    describeTarget: [],
    deregisterTarget: [],
    registerTarget: [],
    describeSource: allowWildcard(MEMBERS_REASON, describe, [source, anyMember]),
    describeInstances: allowWildcard(MEMBERS_REASON, describe, [source, restored, replaced, anyMember]),
    findInstances: allowWildcard('RDS looks for a resource id among all clusters', describe, [
      arn('cluster', '*'),
      anyMember,
    ]),
    /** A cluster says itself what can be restored. */
    describeBackups: [],
    /** A cluster fails over by itself, and its readers are members of it: nothing stands by beside it. */
    describeReplicas: [],
    describePromotion: [],
    failOver: [],
    promoteReplica: [],
    recreateReplicas: [],
    describeQuotas: describeQuotas(),
    askStorageKey: askStorageKey(kmsKeyArn),
    readLogs: allowWildcard(
      'Members are named after their cluster',
      ['rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'],
      [arn('db', `${identifier}*`)],
    ),
    restore: [
      allowWildcard(
        COPY_REASON,
        ['rds:RestoreDBClusterToPointInTime'],
        [source, restored, clusterGroup, arn('og', optionGroup), arn('subgrp', subnetGroup)],
      ),
      allowWildcard(COPY_REASON, ['rds:AddTagsToResource'], [restored]),
      ...useStorageKey(kmsKeyArn, region),
    ],
    compareCopy: [
      allowWildcard(COPY_REASON, ['rds:ListTagsForResource'], [source, restored]),
      allowWildcard(
        'A copy that got another parameter group must show what is in it',
        ['rds:DescribeDBClusterParameters'],
        [arn('cluster-pg', '*')],
      ),
      describeProxies(arn),
    ],
    configureCopy: [
      allowWildcard(
        COPY_REASON,
        ['rds:CreateDBInstance'],
        [restored, restoredMembers, ...memberGroups, arn('subgrp', subnetGroup)],
      ),
      allowWildcard(COPY_REASON, ['rds:AddTagsToResource'], [restoredMembers]),
      allowWildcard(COPY_REASON, ['rds:ModifyDBCluster'], [restored, clusterGroup]),
      allowWildcard(
        COPY_REASON,
        ['rds:ModifyDBInstance', 'rds:RebootDBInstance'],
        [restoredMembers, ...memberGroups],
      ),
      ...useStorageKey(kmsKeyArn, region),
      ...passMonitoringRole(monitoringRoleArn),
    ],
    startSource: allow(['rds:StartDBCluster'], [source]),
    // Members have a size each: nothing is proposed for a cluster that is too small.
    describeSize: [],
    changeSize: [],
    restoreSecurityGroup: allow(['rds:ModifyDBCluster'], [source]),
    fenceSource: allow(['rds:ModifyDBCluster'], [source]),
    renameSource: allowWildcard(COPY_REASON, ['rds:ModifyDBCluster'], [source, replaced]),
    renameRestored: allowWildcard(COPY_REASON, ['rds:ModifyDBCluster'], [restored, source]),
    rollBack: allowWildcard(COPY_REASON, ['rds:ModifyDBCluster'], [source, restored, replaced]),
    retireReplaced: allowWildcard(COPY_REASON, ['rds:AddTagsToResource', 'rds:ModifyDBCluster'], [replaced]),
  };
}
