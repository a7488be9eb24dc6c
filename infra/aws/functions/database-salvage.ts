import type { ApplySalvageEnv } from '../../../functions/database/apply-salvage.ts';
import type { PlanSalvageEnv } from '../../../functions/database/plan-salvage.ts';
import type { RequestSalvageApprovalEnv } from '../../../functions/database/request-salvage-approval.ts';
import { accessVariables, salvageVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** What was committed after the restore point: found, decided on, re-applied. */
export function salvageFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, reportsBucket } = resources;
  const may = permissionsOn(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const control = { CONTROL_TABLE: controlTable.tableName };
  const reports = { REPORTS_BUCKET: reportsBucket.bucketName };
  const { DATABASE_USER: _reader, ...databaseName } = accessVariables(resources);
  return [
    defineFunction<PlanSalvageEnv>('database/plan-salvage', {
      inDatabaseNetwork: true,
      timeoutSeconds: 290,
      memoryMebibytes: 1024,
      environment: {
        ...timeline,
        ...reports,
        ...accessVariables(resources),
        ...salvageVariables(resources),
        SALVAGE_ROW_LIMIT: String(configuration.salvage.rowLimit),
        SALVAGE_TRANSACTION_ROW_LIMIT: String(configuration.salvage.transactionRowLimit),
      },
      permissions: [may.appendTimeline, ...may.putObjects('salvage'), may.signIn, may.signInToSalvage],
    }),
    defineFunction<RequestSalvageApprovalEnv>('database/request-salvage-approval', {
      environment: {
        ...timeline,
        ...control,
        ...pageVariables(resources),
        APPROVERS: JSON.stringify(configuration.approval.approvers),
        SALVAGE_WINDOW_SECONDS: String(configuration.salvage.windowSeconds),
      },
      permissions: [may.appendTimeline, ...may.askForApprovals, ...may.page],
    }),
    defineFunction<ApplySalvageEnv>('database/apply-salvage', {
      inDatabaseNetwork: true,
      timeoutSeconds: 290,
      memoryMebibytes: 1024,
      environment: { ...timeline, ...control, ...reports, ...databaseName, ...salvageVariables(resources) },
      permissions: [
        may.appendTimeline,
        may.tradingState('GetItem'),
        may.control('PutItem'),
        ...may.getObjects('salvage'),
        may.signInToSalvage,
      ],
    }),
  ];
}
