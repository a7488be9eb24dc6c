import type { ReadExchangePositionsEnv } from '../../../functions/exchange/read-exchange-positions.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** What the exchanges themselves are asked. */
export function exchangeFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, timelineTable } = resources;
  return [
    defineFunction<ReadExchangePositionsEnv>('exchange/read-exchange-positions', {
      timeoutSeconds: 25,
      environment: {
        TIMELINE_TABLE: timelineTable.tableName,
        EXCHANGE_POSITIONS_URLS: JSON.stringify(configuration.exchangePositions.urls),
      },
      permissions: [permissionsOn(resources).appendTimeline],
    }),
  ];
}
