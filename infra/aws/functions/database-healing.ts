import type { EndStuckSessionsEnv } from '../../../functions/database/end-stuck-sessions.ts';
import type { OptimizeDatabaseEnv } from '../../../functions/database/optimize-database.ts';
import type { ProveServiceEnv } from '../../../functions/database/prove-service.ts';
import type { VerifyConnectionEnv } from '../../../functions/database/verify-connection.ts';
import { accessVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** The two milder branches of the decision tree, and the proof that ends all three. */
export function healingFunctions(resources: Resources): FunctionDefinition[] {
  const { controlTable, timelineTable } = resources;
  const may = permissionsOn(resources);
  const environment = { TIMELINE_TABLE: timelineTable.tableName, ...accessVariables(resources) };
  const inside = { inDatabaseNetwork: true, environment } as const;
  const permissions = [may.appendTimeline, may.signIn];
  return [
    defineFunction<EndStuckSessionsEnv>('database/end-stuck-sessions', {
      ...inside,
      timeoutSeconds: 55,
      permissions,
    }),
    defineFunction<OptimizeDatabaseEnv>('database/optimize-database', {
      ...inside,
      timeoutSeconds: 290,
      permissions,
    }),
    defineFunction<VerifyConnectionEnv>('database/verify-connection', {
      ...inside,
      timeoutSeconds: 55,
      permissions,
    }),
    defineFunction<ProveServiceEnv>('database/prove-service', {
      inDatabaseNetwork: true,
      timeoutSeconds: 890,
      memoryMebibytes: 1024,
      environment: { ...environment, CONTROL_TABLE: controlTable.tableName },
      permissions: [...permissions, may.control('GetItem', 'PutItem', 'Query'), may.tradingState('GetItem')],
    }),
  ];
}
