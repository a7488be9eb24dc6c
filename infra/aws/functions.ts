import type { FunctionDefinition } from './function-definition.ts';
import { assessmentFunctions } from './functions/assessment.ts';
import { communicationFunctions } from './functions/communication.ts';
import { connectionFunctions } from './functions/database-connection.ts';
import { cutOverFunctions } from './functions/database-cut-over.ts';
import { optimizationFunctions } from './functions/database-optimization.ts';
import { promotionFunctions } from './functions/database-promotion.ts';
import { proofFunctions } from './functions/database-proof.ts';
import { restoreFunctions } from './functions/database-restore.ts';
import { salvageFunctions } from './functions/database-salvage.ts';
import { watchFunctions } from './functions/database-watch.ts';
import { exchangeFunctions } from './functions/exchange.ts';
import { incidentFunctions } from './functions/incident.ts';
import { tradingFunctions } from './functions/trading.ts';
import type { Resources } from './resources.ts';

/** Every function of the recovery. */
export function functionTable(resources: Resources): readonly FunctionDefinition[] {
  return [
    ...tradingFunctions(resources),
    ...incidentFunctions(resources),
    ...communicationFunctions(resources),
    ...assessmentFunctions(resources),
    ...exchangeFunctions(resources),
    ...watchFunctions(resources),
    ...restoreFunctions(resources),
    ...promotionFunctions(resources),
    ...cutOverFunctions(resources),
    ...connectionFunctions(resources),
    ...optimizationFunctions(resources),
    ...proofFunctions(resources),
    ...salvageFunctions(resources),
  ];
}
