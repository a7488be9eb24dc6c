import type { AssessHeadroomEnv } from '../../../functions/database/assess-headroom.ts';
import type { ChangeInstanceEnv } from '../../../functions/database/change-instance.ts';
import type { EndSlowSessionsEnv } from '../../../functions/database/end-slow-sessions.ts';
import type { ObservePerformanceEnv } from '../../../functions/database/observe-performance.ts';
import type { ProvePerformanceEnv } from '../../../functions/database/prove-performance.ts';
import type { RefreshStatisticsEnv } from '../../../functions/database/refresh-statistics.ts';
import type { ReportProtectedSessionsEnv } from '../../../functions/database/report-protected-sessions.ts';
import type { RequestInstanceChangeEnv } from '../../../functions/database/request-instance-change.ts';
import { accessVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';

/** SOP `database_optimization`: why the database is slow, and what makes it fast again. */
export function optimizationFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable } = resources;
  const { change, latencyLimitMillis, sessions } = configuration.optimization;
  const { windowSeconds, required, ...policy } = change;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const control = { CONTROL_TABLE: controlTable.tableName };
  const inside = { inDatabaseNetwork: true, permissions: [may.appendTimeline, may.signIn] } as const;
  const environment = { ...timeline, ...accessVariables(resources) };
  const limit = { LATENCY_LIMIT_MILLIS: String(latencyLimitMillis) };
  return [
    defineFunction<ObservePerformanceEnv>('database/observe-performance', {
      ...inside,
      timeoutSeconds: 170,
      environment: { ...environment, ...limit },
    }),
    defineFunction<EndSlowSessionsEnv>('database/end-slow-sessions', {
      ...inside,
      timeoutSeconds: 110,
      environment: { ...environment, SESSION_POLICY: JSON.stringify(sessions) },
    }),
    defineFunction<ReportProtectedSessionsEnv>('database/report-protected-sessions', {
      environment: { ...timeline, ...pageVariables(resources) },
      permissions: [may.appendTimeline, ...may.page],
    }),
    defineFunction<RefreshStatisticsEnv>('database/refresh-statistics', {
      ...inside,
      timeoutSeconds: 290,
      environment,
    }),
    defineFunction<AssessHeadroomEnv>('database/assess-headroom', {
      environment: {
        ...timeline,
        DATABASE_IDENTIFIER: configuration.database.identifier,
        CHANGE_POLICY: JSON.stringify(policy),
      },
      permissions: [may.appendTimeline, ...rds.describeSize, may.readMetrics],
    }),
    defineFunction<RequestInstanceChangeEnv>('database/request-instance-change', {
      environment: {
        ...timeline,
        ...control,
        ...pageVariables(resources),
        APPROVERS: JSON.stringify(configuration.approval.approvers),
        REQUIRED_APPROVALS: String(required),
        CHANGE_WINDOW_SECONDS: String(windowSeconds),
      },
      permissions: [may.appendTimeline, ...may.askForApprovals, may.tradingState('GetItem'), ...may.page],
    }),
    defineFunction<ChangeInstanceEnv>('database/change-instance', {
      environment: { ...timeline, ...control, DATABASE_IDENTIFIER: configuration.database.identifier },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem'),
        ...rds.describeSize,
        ...rds.changeSize,
      ],
    }),
    defineFunction<ProvePerformanceEnv>('database/prove-performance', {
      ...inside,
      timeoutSeconds: 110,
      environment: { ...environment, ...limit },
    }),
  ];
}
