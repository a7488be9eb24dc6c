import type { OptimizeDatabaseEnv } from '../../../functions/database/optimize-database.ts';
import type { ProveServiceEnv } from '../../../functions/database/prove-service.ts';
import { accessVariables, proxyVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** SOP `database_optimization`, and the proof that ends all branches of the decision tree. */
export function healingFunctions(resources: Resources): FunctionDefinition[] {
  const { controlTable, timelineTable } = resources;
  const may = permissionsOn(resources);
  const environment = { TIMELINE_TABLE: timelineTable.tableName, ...accessVariables(resources) };
  const inside = { inDatabaseNetwork: true, environment } as const;
  const permissions = [may.appendTimeline, may.signIn];
  return [
    defineFunction<OptimizeDatabaseEnv>('database/optimize-database', {
      ...inside,
      timeoutSeconds: 290,
      permissions,
    }),
    defineFunction<ProveServiceEnv>('database/prove-service', {
      inDatabaseNetwork: true,
      timeoutSeconds: 890,
      memoryMebibytes: 1024,
      environment: {
        ...environment,
        ...proxyVariables(resources),
        CONTROL_TABLE: controlTable.tableName,
      },
      permissions: [...permissions, may.control('GetItem', 'PutItem', 'Query'), may.tradingState('GetItem')],
    }),
  ];
}
