import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { ActivateIncidentEnv } from '../../../functions/incident/activate-incident.ts';
import type { CloseIncidentEnv } from '../../../functions/incident/close-incident.ts';
import type { CollectDatabaseDiagnosticsEnv } from '../../../functions/incident/collect-database-diagnostics.ts';
import type { CollectPlatformDiagnosticsEnv } from '../../../functions/incident/collect-platform-diagnostics.ts';
import type { GetIncidentEnv } from '../../../functions/incident/get-incident.ts';
import type { HandOverToPeopleEnv } from '../../../functions/incident/hand-over-to-people.ts';
import type { OpenIncidentEnv } from '../../../functions/incident/open-incident.ts';
import type { RecordApprovalEnv } from '../../../functions/incident/record-approval.ts';
import type { RequestApprovalEnv } from '../../../functions/incident/request-approval.ts';
import type { WriteIncidentReportEnv } from '../../../functions/incident/write-incident-report.ts';
import { accessVariables, databaseServiceVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { ASKING_MACHINES, permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';
import { allow, allowWildcard } from '../statements.ts';

/** The course of an incident: opened, led, approved, closed, reported. */
export function incidentFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, reportsBucket, alarmSeverities } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const alarmArn = (name: string) =>
    Stack.of(controlTable).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: name,
    });
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const control = { CONTROL_TABLE: controlTable.tableName };
  const approvers = { APPROVERS: JSON.stringify(configuration.approval.approvers) };
  return [
    defineFunction<OpenIncidentEnv>('incident/open-incident', {
      reservedConcurrency: 5,
      environment: { ...timeline, ...control, ALARM_SEVERITIES: JSON.stringify(alarmSeverities) },
      permissions: [may.control('PutItem', 'GetItem', 'UpdateItem'), may.appendTimeline],
    }),
    defineFunction<ActivateIncidentEnv>('incident/activate-incident', {
      environment: { ...timeline, TEAM: JSON.stringify(configuration.team) },
      permissions: [may.appendTimeline],
    }),
    defineFunction<HandOverToPeopleEnv>('incident/hand-over-to-people', {
      environment: { ...timeline, ...pageVariables(resources) },
      permissions: [may.appendTimeline, ...may.page],
    }),
    defineFunction<RequestApprovalEnv>('incident/request-approval', {
      environment: {
        ...timeline,
        ...control,
        ...approvers,
        ...pageVariables(resources),
        REQUIRED_APPROVALS: String(configuration.approval.required),
        APPROVAL_WINDOW_SECONDS: String(configuration.approval.windowSeconds),
      },
      permissions: [
        may.appendTimeline,
        ...may.askForApprovals,
        ...may.page,
        allowWildcard(
          'Who started an execution is known to CloudTrail alone, and LookupEvents knows no resource',
          ['cloudtrail:LookupEvents'],
          ['*'],
        ),
      ],
    }),
    defineFunction<RecordApprovalEnv>('incident/record-approval', {
      environment: { ...timeline, ...control, ...approvers },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem', 'Query', 'UpdateItem'),
        allow(
          ['states:SendTaskSuccess', 'states:SendTaskFailure'],
          ASKING_MACHINES.map((machine) => resources.stateMachineArn(machine)),
        ),
      ],
    }),
    defineFunction<GetIncidentEnv>('incident/get-incident', {
      environment: timeline,
      permissions: [may.readTimeline],
    }),
    defineFunction<CloseIncidentEnv>('incident/close-incident', {
      environment: { ...timeline, ...control },
      permissions: [may.appendTimeline, may.control('DeleteItem'), may.tradingState('GetItem')],
    }),
    defineFunction<CollectPlatformDiagnosticsEnv>('incident/collect-platform-diagnostics', {
      timeoutSeconds: 55,
      environment: {
        ...timeline,
        ...databaseServiceVariables(resources),
        DATABASE_IDENTIFIER: configuration.database.identifier,
        REPORTS_BUCKET: reportsBucket.bucketName,
        ALARM_SEVERITIES: JSON.stringify(alarmSeverities),
      },
      permissions: [
        may.appendTimeline,
        rds.describeSource,
        rds.readLogs,
        ...may.putObjects('diagnostics'),
        allow(['cloudwatch:DescribeAlarmHistory'], Object.keys(alarmSeverities).map(alarmArn)),
      ],
    }),
    defineFunction<CollectDatabaseDiagnosticsEnv>('incident/collect-database-diagnostics', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: {
        ...timeline,
        REPORTS_BUCKET: reportsBucket.bucketName,
        ...endpointVariables(resources),
        ...accessVariables(resources),
      },
      permissions: [may.appendTimeline, ...may.putObjects('diagnostics'), may.signIn],
    }),
    defineFunction<WriteIncidentReportEnv>('incident/write-incident-report', {
      timeoutSeconds: 55,
      environment: { ...timeline, REPORTS_BUCKET: reportsBucket.bucketName },
      permissions: [may.appendTimeline, ...may.putObjects('reports')],
    }),
  ];
}
