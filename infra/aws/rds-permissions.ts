import { Stack } from 'aws-cdk-lib';
import { clusterPermissions } from './cluster-permissions.ts';
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

/** What RDS may be asked, each on the protected database, its copies and what they replaced. No permission deletes anything. */
export function rdsPermissions(resources: Resources): RdsPermissions {
  return resources.configuration.database.kind === 'aurora-cluster'
    ? clusterPermissions(resources)
    : instancePermissions(resources);
}

/** The permissions of each kind of database, by what they are for. */
export type RdsPermissions = ReturnType<typeof instancePermissions>;

function instancePermissions(resources: Resources) {
  const { configuration, controlTable } = resources;
  const {
    identifier,
    replicas,
    subnetGroup,
    parameterGroup,
    optionGroup,
    kmsKeyArn,
    monitoringRoleArn,
    cutOver,
  } = configuration.database;
  const stack = Stack.of(controlTable);
  const arn = rdsArn(resources);
  const source = arn('db', identifier);
  const restored = arn('db', `${identifier}-restored-*`);
  const replaced = arn('db', `${identifier}-replaced-*`);
  /** A replica that was promoted is a copy like a restored one. */
  const followers = replicas.map((name) => arn('db', name));
  const copies = [restored, ...followers];
  const settings = [arn('pg', parameterGroup), arn('og', optionGroup)];

  const findInstances = allowWildcard(
    'RDS looks for a resource id among all instances',
    ['rds:DescribeDBInstances'],
    [arn('db', '*')],
  );

  /** Nothing, where clients go through no proxy. */
  const onProxy = (actions: readonly string[], instances: readonly string[]) =>
    cutOver.by === 'rename' ? [] : [allow(actions, [cutOver.proxyArn, cutOver.targetGroupArn, ...instances])];

  return {
    /** Where the proxy leads. */
    describeTarget: onProxy(['rds:DescribeDBProxyTargets'], []),
    /** Targets are named by the identifier that they have at the moment: that of the database. */
    deregisterTarget: onProxy(['rds:DeregisterDBProxyTargets'], [source]),
    registerTarget: onProxy(['rds:RegisterDBProxyTargets'], [source]),
    describeSource: allow(['rds:DescribeDBInstances'], [source]),
    /** The replicas that may take its place; none where no replica is configured. */
    describeReplicas: followers.length === 0 ? [] : [allow(['rds:DescribeDBInstances'], followers)],
    /** The instance and the replica that takes its place. */
    describePromotion: [allow(['rds:DescribeDBInstances'], [source, ...followers])],
    failOver: [allow(['rds:DescribeDBInstances', 'rds:RebootDBInstance'], [source])],
    /** Marks a replica and makes an instance of its own of it; none where no replica is configured. */
    promoteReplica:
      followers.length === 0 ? [] : [allow(['rds:AddTagsToResource', 'rds:PromoteReadReplica'], followers)],
    /** The instance by any of the names that it may have during a recovery. */
    describeInstances: allowWildcard(COPY_REASON, ['rds:DescribeDBInstances'], [source, ...copies, replaced]),
    /** The instance by its resource id, whatever its name is: RDS answers that only to whoever may describe all. */
    findInstances,
    describeBackups: [
      allowWildcard(
        'The automated backup of an instance has an identifier that only RDS knows',
        ['rds:DescribeDBInstanceAutomatedBackups'],
        [arn('auto-backup', '*')],
      ),
    ],
    describeQuotas: describeQuotas(),
    askStorageKey: askStorageKey(kmsKeyArn),
    readLogs: allow(['rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'], [source]),
    /** A copy beside the source, with the source's own groups and no other. */
    restore: [
      allowWildcard(
        COPY_REASON,
        ['rds:RestoreDBInstanceToPointInTime'],
        [source, restored, ...settings, arn('subgrp', subnetGroup)],
      ),
      allowWildcard(COPY_REASON, ['rds:AddTagsToResource'], [restored]),
      ...useStorageKey(kmsKeyArn, stack.region),
    ],
    /** Whatever belongs to source and copy, in order to compare them. */
    compareCopy: [
      allowWildcard(COPY_REASON, ['rds:ListTagsForResource'], [source, ...copies]),
      allowWildcard(
        'A copy that got another parameter group must show what is in it',
        ['rds:DescribeDBParameters'],
        [arn('pg', '*')],
      ),
      describeProxies(arn),
    ],
    configureCopy: [
      allowWildcard(COPY_REASON, ['rds:ModifyDBInstance'], [...copies, ...settings]),
      allowWildcard(COPY_REASON, ['rds:RebootDBInstance'], copies),
      ...useStorageKey(kmsKeyArn, stack.region),
      ...passMonitoringRole(monitoringRoleArn),
    ],
    /** Old replicas step aside, new ones follow the live database under their names; none where no replica is configured. */
    recreateReplicas:
      followers.length === 0
        ? []
        : [
            findInstances,
            allowWildcard(
              'Replicas that are set aside are named after the incident, behind their own name',
              ['rds:ModifyDBInstance'],
              [...followers, ...followers.map((follower) => `${follower}-replaced-*`)],
            ),
            allow(['rds:CreateDBInstanceReadReplica'], [source, ...followers, ...settings]),
            allow(['rds:AddTagsToResource'], followers),
            ...useStorageKey(kmsKeyArn, stack.region),
            ...passMonitoringRole(monitoringRoleArn),
          ],
    startSource: allow(['rds:StartDBInstance'], [source]),
    /** The size of the source, and what it may be made instead: another class, or more storage. */
    describeSize: [allow(['rds:DescribeDBInstances'], [source])],
    changeSize: [allow(['rds:ModifyDBInstance'], [source])],
    restoreSecurityGroup: allow(['rds:ModifyDBInstance'], [source]),
    fenceSource: allow(['rds:ModifyDBInstance'], [source]),
    renameSource: allowWildcard(COPY_REASON, ['rds:ModifyDBInstance'], [source, replaced]),
    renameRestored: allowWildcard(COPY_REASON, ['rds:ModifyDBInstance'], [...copies, source]),
    /** A roll-back renames both ways and lets clients in again. */
    rollBack: allowWildcard(COPY_REASON, ['rds:ModifyDBInstance'], [source, ...copies, replaced]),
    /** The replaced instance is marked and protected from deletion. */
    retireReplaced: allowWildcard(COPY_REASON, ['rds:AddTagsToResource', 'rds:ModifyDBInstance'], [replaced]),
  };
}
