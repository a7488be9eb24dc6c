import type { ProveServiceEnv } from '../../../functions/database/prove-service.ts';
import { accessVariables, proxyVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** The proof that ends all branches of the decision tree. */
export function proofFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable } = resources;
  const { tolerances, onDifference } = configuration.exchangePositions;
  const may = permissionsOn(resources);
  return [
    defineFunction<ProveServiceEnv>('database/prove-service', {
      inDatabaseNetwork: true,
      timeoutSeconds: 890,
      memoryMebibytes: 1024,
      environment: {
        TIMELINE_TABLE: timelineTable.tableName,
        ...accessVariables(resources),
        ...proxyVariables(resources),
        CONTROL_TABLE: controlTable.tableName,
        EXCHANGE_POSITION_TOLERANCES: JSON.stringify(tolerances),
        ON_POSITION_DIFFERENCE: onDifference,
      },
      permissions: [
        may.appendTimeline,
        may.signIn,
        may.control('GetItem', 'PutItem', 'Query'),
        may.tradingState('GetItem'),
      ],
    }),
  ];
}
