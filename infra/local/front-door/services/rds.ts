import { type AccountScope, arn, type Permission, type QueryService } from './service.ts';

/** What RDS uses where a request names no group (engine of the laptop: PostgreSQL 18). */
const defaults = {
  og: 'default:postgres-18',
  pg: 'default.postgres18',
  clusterOg: 'default:aurora-postgresql-18',
  clusterPg: 'default.aurora-postgresql18',
  subgrp: 'default',
};

type Permissions = (input: URLSearchParams, scope: AccountScope) => readonly Permission[];

/**
 * RDS. Resources and dependent actions: Service Authorization Reference, "Amazon RDS". Where the reference leaves
 * it open whether a second resource is asked for (a renamed instance, the instance of a backup), it is asked for: a
 * policy that passes on the laptop then passes on AWS either way.
 */
export const rds: QueryService = {
  signingName: 'rds',
  eventSource: 'rds.amazonaws.com',
  protocol: 'query',
  operations: {
    DescribeDBInstances: one('DescribeDBInstances', 'db', 'DBInstanceIdentifier'),
    DescribeDBInstanceAutomatedBackups: (input, scope) => {
      const action = 'rds:DescribeDBInstanceAutomatedBackups';
      const backup = input.get('DBInstanceAutomatedBackupsArn') ?? arn(scope, 'rds', 'auto-backup:*');
      return [{ action, resource: backup }, ...named(input, scope, action, 'db', 'DBInstanceIdentifier')];
    },
    DescribeDBClusters: one('DescribeDBClusters', 'cluster', 'DBClusterIdentifier'),
    DescribeDBClusterParameters: one(
      'DescribeDBClusterParameters',
      'cluster-pg',
      'DBClusterParameterGroupName',
    ),
    DescribeDBParameterGroups: one('DescribeDBParameterGroups', 'pg', 'DBParameterGroupName'),
    DescribeDBParameters: one('DescribeDBParameters', 'pg', 'DBParameterGroupName'),
    DescribeDBProxies: (input, scope) => [
      {
        action: 'rds:DescribeDBProxies',
        resource: input.has('DBProxyName') ? proxyArns(input, scope).arn : arn(scope, 'rds', 'db-proxy:*'),
      },
    ],
    DescribeDBProxyTargetGroups: onProxy('DescribeDBProxyTargetGroups'),
    DescribeDBProxyTargets: onProxy('DescribeDBProxyTargets'),
    RegisterDBProxyTargets: onProxyAndInstance('RegisterDBProxyTargets'),
    DeregisterDBProxyTargets: onProxyAndInstance('DeregisterDBProxyTargets'),
    DescribeDBSubnetGroups: one('DescribeDBSubnetGroups', 'subgrp', 'DBSubnetGroupName'),
    DescribeDBSnapshots: (input, scope) => {
      const snapshot = input.get('DBSnapshotIdentifier');
      return snapshot
        ? [{ action: 'rds:DescribeDBSnapshots', resource: arn(scope, 'rds', `snapshot:${snapshot}`) }]
        : one('DescribeDBSnapshots', 'db', 'DBInstanceIdentifier')(input, scope);
    },
    DescribeDBLogFiles: one('DescribeDBLogFiles', 'db', 'DBInstanceIdentifier'),
    DownloadDBLogFilePortion: one('DownloadDBLogFilePortion', 'db', 'DBInstanceIdentifier'),
    DescribeAccountAttributes: () => [{ action: 'rds:DescribeAccountAttributes', resource: '*' }],
    DescribeEvents: () => [{ action: 'rds:DescribeEvents', resource: '*' }],
    StartDBCluster: one('StartDBCluster', 'cluster', 'DBClusterIdentifier'),
    DeleteDBCluster: one('DeleteDBCluster', 'cluster', 'DBClusterIdentifier'),
    StartDBInstance: one('StartDBInstance', 'db', 'DBInstanceIdentifier'),
    RebootDBInstance: one('RebootDBInstance', 'db', 'DBInstanceIdentifier'),
    DeleteDBInstance: one('DeleteDBInstance', 'db', 'DBInstanceIdentifier'),
    AddTagsToResource: onResourceName('AddTagsToResource'),
    RemoveTagsFromResource: onResourceName('RemoveTagsFromResource'),
    ListTagsForResource: onResourceName('ListTagsForResource'),
    ModifyDBCluster: modifyCluster,
    RestoreDBClusterToPointInTime: restoreCluster,
    CreateDBInstance: createInstance,
    ModifyDBInstance: modify,
    RestoreDBInstanceToPointInTime: restoreToPointInTime,
    CreateDBInstanceReadReplica: createReadReplica,
    PromoteReadReplica: one('PromoteReadReplica', 'db', 'DBInstanceIdentifier'),
  },
};

/** The parameter group of the source is used where none is named, in the region of the source, and its subnet group always. */
function createReadReplica(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:CreateDBInstanceReadReplica';
  const replica = arn(scope, 'rds', `db:${input.get('DBInstanceIdentifier') ?? ''}`);
  return [
    ...named(input, scope, action, 'db', 'SourceDBInstanceIdentifier'),
    { action, resource: replica, context: tagContext(input) },
    ...named(input, scope, action, 'og', 'OptionGroupName', defaults.og),
    ...named(input, scope, action, 'pg', 'DBParameterGroupName', defaults.pg),
    ...tagging(input, replica),
    ...dependent(input, scope),
  ];
}

function modify(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:ModifyDBInstance';
  return [
    ...named(input, scope, action, 'db', 'DBInstanceIdentifier'),
    ...named(input, scope, action, 'db', 'NewDBInstanceIdentifier'),
    ...named(input, scope, action, 'pg', 'DBParameterGroupName'),
    ...named(input, scope, action, 'og', 'OptionGroupName'),
    ...named(input, scope, action, 'subgrp', 'DBSubnetGroupName'),
    ...dependent(input, scope),
  ];
}

function modifyCluster(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:ModifyDBCluster';
  return [
    ...named(input, scope, action, 'cluster', 'DBClusterIdentifier'),
    ...named(input, scope, action, 'cluster', 'NewDBClusterIdentifier'),
    ...named(input, scope, action, 'cluster-pg', 'DBClusterParameterGroupName'),
    ...named(input, scope, action, 'og', 'OptionGroupName'),
    ...dependent(input, scope),
  ];
}

function restoreCluster(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:RestoreDBClusterToPointInTime';
  const target = arn(scope, 'rds', `cluster:${input.get('DBClusterIdentifier') ?? ''}`);
  return [
    ...named(input, scope, action, 'cluster', 'SourceDBClusterIdentifier'),
    { action, resource: target, context: tagContext(input) },
    ...named(input, scope, action, 'cluster-pg', 'DBClusterParameterGroupName', defaults.clusterPg),
    ...named(input, scope, action, 'og', 'OptionGroupName', defaults.clusterOg),
    ...named(input, scope, action, 'subgrp', 'DBSubnetGroupName', defaults.subgrp),
    ...tagging(input, target),
    ...dependent(input, scope, scope.storageKeyArn?.(input.get('SourceDBClusterIdentifier') ?? '')),
  ];
}

/** Into a cluster, whose subnet group is used. */
function createInstance(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:CreateDBInstance';
  const target = arn(scope, 'rds', `db:${input.get('DBInstanceIdentifier') ?? ''}`);
  return [
    { action, resource: target, context: tagContext(input) },
    ...named(input, scope, action, 'cluster', 'DBClusterIdentifier'),
    ...named(input, scope, action, 'pg', 'DBParameterGroupName', defaults.pg),
    ...named(input, scope, action, 'og', 'OptionGroupName', defaults.clusterOg),
    ...tagging(input, target),
    ...dependent(input, scope),
  ];
}

function tagging(input: URLSearchParams, resource: string): readonly Permission[] {
  if (!input.has('Tags.Tag.1.Key')) return [];
  return [{ action: 'rds:AddTagsToResource', resource, context: tagContext(input) }];
}

function restoreToPointInTime(input: URLSearchParams, scope: AccountScope): readonly Permission[] {
  const action = 'rds:RestoreDBInstanceToPointInTime';
  const automatedBackup = input.get('SourceDBInstanceAutomatedBackupsArn');
  const target = arn(scope, 'rds', `db:${input.get('TargetDBInstanceIdentifier') ?? ''}`);
  return [
    ...named(input, scope, action, 'db', 'SourceDBInstanceIdentifier'),
    ...(automatedBackup ? [{ action, resource: automatedBackup }] : []),
    { action, resource: target, context: tagContext(input) },
    ...named(input, scope, action, 'og', 'OptionGroupName', defaults.og),
    ...named(input, scope, action, 'pg', 'DBParameterGroupName', defaults.pg),
    ...named(input, scope, action, 'subgrp', 'DBSubnetGroupName', defaults.subgrp),
    ...tagging(input, target),
    ...dependent(input, scope, scope.storageKeyArn?.(input.get('SourceDBInstanceIdentifier') ?? '')),
  ];
}

/** Actions of other services that RDS performs in the caller's name. */
function dependent(
  input: URLSearchParams,
  scope: AccountScope,
  inheritedKey?: string,
): readonly Permission[] {
  const monitoringRole = input.get('MonitoringRoleArn');
  const key = input.get('KmsKeyId') ?? inheritedKey;
  const context = { 'kms:ViaService': [`rds.${scope.region}.amazonaws.com`] };
  return [
    ...(monitoringRole
      ? [
          {
            action: 'iam:PassRole',
            resource: monitoringRole,
            context: { 'iam:PassedToService': ['monitoring.rds.amazonaws.com'] },
          },
        ]
      : []),
    ...(key
      ? ['kms:CreateGrant', 'kms:DescribeKey'].map((action) => ({ action, resource: key, context }))
      : []),
  ];
}

/** The ARN of a proxy has an identifier of its own in it; a policy for one proxy does not allow to ask for an unknown one. */
function proxyArns(input: URLSearchParams, scope: AccountScope) {
  const known = scope.dbProxy?.(input.get('DBProxyName') ?? '');
  return (
    known ?? { arn: arn(scope, 'rds', 'db-proxy:*'), targetGroupArn: arn(scope, 'rds', 'target-group:*') }
  );
}

function onProxy(operation: string): Permissions {
  return (input, scope) => {
    const { arn: proxy, targetGroupArn } = proxyArns(input, scope);
    return [proxy, targetGroupArn].map((resource) => ({ action: `rds:${operation}`, resource }));
  };
}

function onProxyAndInstance(operation: string): Permissions {
  return (input, scope) => [
    ...onProxy(operation)(input, scope),
    ...named(input, scope, `rds:${operation}`, 'db', 'DBInstanceIdentifiers.member.1'),
  ];
}

function one(operation: string, type: string, field: string): Permissions {
  return (input, scope) => named(input, scope, `rds:${operation}`, type, field, '*');
}

function named(
  input: URLSearchParams,
  scope: AccountScope,
  action: string,
  type: string,
  field: string,
  otherwise?: string,
): readonly Permission[] {
  const name = input.get(field) ?? otherwise;
  if (name === undefined) {
    return [];
  }
  return [{ action, resource: name.startsWith('arn:') ? name : arn(scope, 'rds', `${type}:${name}`) }];
}

function onResourceName(operation: string): Permissions {
  return (input) => [
    { action: `rds:${operation}`, resource: input.get('ResourceName') ?? '', context: tagContext(input) },
  ];
}

function tagContext(input: URLSearchParams): Readonly<Record<string, readonly string[]>> {
  const tags = [...input]
    .filter(([name]) => /^Tags\.Tag\.\d+\.Key$/.test(name))
    .map(([name, key]) => [key, input.get(name.replace(/Key$/, 'Value')) ?? ''] as const);
  return {
    'aws:TagKeys': tags.map(([key]) => key),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, [value]])),
  };
}
