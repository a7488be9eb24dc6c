import type { DiagnoseConnectionEnv } from '../../../functions/database/diagnose-connection.ts';
import type { EndStuckSessionsEnv } from '../../../functions/database/end-stuck-sessions.ts';
import type { ProbeConnectionEnv } from '../../../functions/database/probe-connection.ts';
import type { RestoreSecurityGroupEnv } from '../../../functions/database/restore-security-group.ts';
import type { StartDatabaseEnv } from '../../../functions/database/start-database.ts';
import type { VerifyConnectionEnv } from '../../../functions/database/verify-connection.ts';
import { accessVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';

/** SOP `database_connection_restore`: why clients are kept out, and what lets them in again. */
export function connectionFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, quarantineSecurityGroupId } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const { identifier, securityGroupId } = configuration.database;
  const lease = may.control('GetItem', 'PutItem');
  const inside = {
    inDatabaseNetwork: true,
    timeoutSeconds: 55,
    environment: { ...timeline, ...accessVariables(resources) },
    permissions: [may.appendTimeline, may.signIn],
  } as const;
  const groups = {
    DATABASE_SECURITY_GROUP_ID: securityGroupId,
    QUARANTINE_SECURITY_GROUP_ID: quarantineSecurityGroupId,
  };
  return [
    defineFunction<ProbeConnectionEnv>('database/probe-connection', {
      ...inside,
      environment: { ...inside.environment, ...endpointVariables(resources) },
    }),
    defineFunction<DiagnoseConnectionEnv>('database/diagnose-connection', {
      environment: { ...timeline, ...groups, DATABASE_IDENTIFIER: identifier },
      permissions: [may.appendTimeline, rds.describeSource],
    }),
    defineFunction<StartDatabaseEnv>('database/start-database', {
      environment: { ...timeline, CONTROL_TABLE: controlTable.tableName, DATABASE_IDENTIFIER: identifier },
      permissions: [may.appendTimeline, lease, rds.describeSource, rds.startSource],
    }),
    defineFunction<RestoreSecurityGroupEnv>('database/restore-security-group', {
      environment: {
        ...timeline,
        ...groups,
        CONTROL_TABLE: controlTable.tableName,
        DATABASE_IDENTIFIER: identifier,
      },
      permissions: [may.appendTimeline, lease, rds.describeSource, rds.restoreSecurityGroup],
    }),
    defineFunction<EndStuckSessionsEnv>('database/end-stuck-sessions', inside),
    defineFunction<VerifyConnectionEnv>('database/verify-connection', inside),
  ];
}
