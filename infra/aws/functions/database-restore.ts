import type { AcquireRecoveryLeaseEnv } from '../../../functions/database/acquire-recovery-lease.ts';
import type { AwaitInstanceEnv } from '../../../functions/database/await-instance.ts';
import type { CheckAwaitedInstancesEnv } from '../../../functions/database/check-awaited-instances.ts';
import type { ChooseRestorePointEnv } from '../../../functions/database/choose-restore-point.ts';
import type { CompareRestoredDatabaseEnv } from '../../../functions/database/compare-restored-database.ts';
import type { ConfigureRestoredDatabaseEnv } from '../../../functions/database/configure-restored-database.ts';
import type { FindCulpritEnv } from '../../../functions/database/find-culprit.ts';
import type { PreflightRestoreEnv } from '../../../functions/database/preflight-restore.ts';
import type { ProposeRestorePointEnv } from '../../../functions/database/propose-restore-point.ts';
import type { QuietRestoredDatabaseEnv } from '../../../functions/database/quiet-restored-database.ts';
import type { ReleaseRecoveryLeaseEnv } from '../../../functions/database/release-recovery-lease.ts';
import type { StartRestoreEnv } from '../../../functions/database/start-restore.ts';
import type { VerifyRestoredDatabaseEnv } from '../../../functions/database/verify-restored-database.ts';
import type { WarmUpRestoredDatabaseEnv } from '../../../functions/database/warm-up-restored-database.ts';
import {
  accessVariables,
  cutOverVariables,
  databaseServiceVariables,
  endpointVariables,
} from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';
import { allow, allowWildcard } from '../statements.ts';

/** Restore beside the source, until the copy is proven. */
export function restoreFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, reportsBucket } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const journaled = { ...timeline, CONTROL_TABLE: controlTable.tableName };
  const service = databaseServiceVariables(resources);
  const window = { RESTORE_POINT_WINDOW_SECONDS: String(configuration.restorePoint.windowSeconds) };
  const settleWaits = [
    may.appendTimeline,
    may.control('PutItem', 'Query', 'DeleteItem'),
    rds.findInstances,
    allow(
      ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      [resources.writtenStateMachineArn('AwaitDatabaseInstance')],
    ),
  ];
  return [
    defineFunction<AcquireRecoveryLeaseEnv>('database/acquire-recovery-lease', {
      environment: journaled,
      permissions: [
        may.appendTimeline,
        may.control('PutItem', 'GetItem'),
        allowWildcard(
          'Whether the holder of a lease still runs is asked of its execution, which is named when it starts',
          ['states:DescribeExecution'],
          ['PointInTimeRestore', 'ReplicaPromotion', 'DatabaseRecovery', 'DatabaseOptimization'].map(
            (machine) => resources.executionsArn(machine),
          ),
        ),
      ],
    }),
    defineFunction<ReleaseRecoveryLeaseEnv>('database/release-recovery-lease', {
      environment: journaled,
      permissions: [may.appendTimeline, may.control('DeleteItem')],
    }),
    defineFunction<FindCulpritEnv>('database/find-culprit', {
      inDatabaseNetwork: true,
      timeoutSeconds: 140,
      memoryMebibytes: 512,
      environment: {
        ...journaled,
        ...window,
        DATABASE_IDENTIFIER: configuration.database.identifier,
        ...endpointVariables(resources),
        ...accessVariables(resources),
      },
      permissions: [may.appendTimeline, may.control('Query'), may.signIn],
    }),
    defineFunction<ChooseRestorePointEnv>('database/choose-restore-point', {
      environment: { ...journaled, ...window },
      permissions: [may.appendTimeline, may.control('Query', 'UpdateItem')],
    }),
    defineFunction<ProposeRestorePointEnv>('database/propose-restore-point', {
      environment: {
        ...journaled,
        ...window,
        ...pageVariables(resources),
        APPROVERS: JSON.stringify(configuration.approval.approvers),
      },
      permissions: [may.appendTimeline, ...may.askForApprovals, ...may.page],
    }),
    defineFunction<PreflightRestoreEnv>('database/preflight-restore', {
      environment: {
        ...timeline,
        ...service,
        ...grantedSettings(resources),
        DATABASE_SECURITY_GROUP_ID: configuration.database.securityGroupId,
        QUARANTINE_SECURITY_GROUP_ID: resources.quarantineSecurityGroupId,
      },
      permissions: [
        may.appendTimeline,
        rds.describeInstances,
        ...rds.describeBackups,
        rds.describeQuotas,
        ...rds.askStorageKey,
      ],
    }),
    defineFunction<StartRestoreEnv>('database/start-restore', {
      timeoutSeconds: 55,
      environment: { ...journaled, ...service },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem', 'Query'),
        rds.describeInstances,
        ...rds.restore,
      ],
    }),
    defineFunction<AwaitInstanceEnv>('database/await-instance', {
      environment: { ...journaled, ...service },
      permissions: settleWaits,
    }),
    defineFunction<CheckAwaitedInstancesEnv>('database/check-awaited-instances', {
      environment: { ...journaled, ...service },
      permissions: [
        ...settleWaits,
        // Lambda sends what a failed look was asked to the queue, in the name of the function.
        allow(['sqs:SendMessage'], [resources.deadLetters.queueArn]),
      ],
    }),
    defineFunction<QuietRestoredDatabaseEnv>('database/quiet-restored-database', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: {
        ...journaled,
        ...endpointVariables(resources),
        ...accessVariables(resources),
      },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem'), may.signIn],
    }),
    defineFunction<ConfigureRestoredDatabaseEnv>('database/configure-restored-database', {
      timeoutSeconds: 55,
      environment: { ...journaled, ...service },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem', 'Query'),
        rds.describeInstances,
        ...rds.configureCopy,
      ],
    }),
    defineFunction<VerifyRestoredDatabaseEnv>('database/verify-restored-database', {
      inDatabaseNetwork: true,
      timeoutSeconds: 890,
      memoryMebibytes: 1024,
      environment: {
        ...journaled,
        DATABASE_IDENTIFIER: configuration.database.identifier,
        ...endpointVariables(resources),
        ...accessVariables(resources),
      },
      permissions: [may.appendTimeline, may.control('Query', 'PutItem'), may.signIn],
    }),
    defineFunction<WarmUpRestoredDatabaseEnv>('database/warm-up-restored-database', {
      inDatabaseNetwork: true,
      timeoutSeconds: 290,
      environment: { ...timeline, ...accessVariables(resources) },
      permissions: [may.appendTimeline, may.signIn],
    }),
    defineFunction<CompareRestoredDatabaseEnv>('database/compare-restored-database', {
      timeoutSeconds: 55,
      environment: {
        ...journaled,
        ...service,
        ...cutOverVariables(resources),
        REPORTS_BUCKET: reportsBucket.bucketName,
      },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem', 'Query'),
        rds.describeInstances,
        ...rds.compareCopy,
        may.describeAlarms,
        ...may.putObjects('reports'),
      ],
    }),
  ];
}

/** What the permissions of a restore name, so that it can be held against the source before anything is asked for. */
function grantedSettings({ configuration }: Resources) {
  const { subnetGroup, parameterGroup, clusterParameterGroup, optionGroup } = configuration.database;
  const { kmsKeyArn, monitoringRoleArn } = configuration.database;
  return {
    SUBNET_GROUP: subnetGroup,
    PARAMETER_GROUP: parameterGroup,
    OPTION_GROUP: optionGroup,
    ...(clusterParameterGroup !== undefined && { CLUSTER_PARAMETER_GROUP: clusterParameterGroup }),
    ...(kmsKeyArn !== undefined && { KMS_KEY_ARN: kmsKeyArn }),
    ...(monitoringRoleArn !== undefined && { MONITORING_ROLE_ARN: monitoringRoleArn }),
  };
}
