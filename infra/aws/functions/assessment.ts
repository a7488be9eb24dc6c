import type { AssessExchangeEnv } from '../../../functions/assessment/assess-exchange.ts';
import type { AssessRiskEngineEnv } from '../../../functions/assessment/assess-risk-engine.ts';
import type { ClassifyDamageEnv } from '../../../functions/assessment/classify-damage.ts';
import type { SelectStrategyEnv } from '../../../functions/assessment/select-strategy.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';

/** SOP steps 2 and 3: what is damaged, and what to do about it. */
export function assessmentFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, timelineTable } = resources;
  const may = permissionsOn(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  return [
    defineFunction<AssessExchangeEnv>('assessment/assess-exchange', {
      environment: { ...timeline, EXCHANGE_HEALTH_URLS: JSON.stringify(configuration.exchanges) },
      permissions: [may.appendTimeline],
    }),
    defineFunction<AssessRiskEngineEnv>('assessment/assess-risk-engine', {
      inDatabaseNetwork: true,
      environment: { ...timeline, RISK_ENGINE_HEALTH_URL: configuration.riskEngine.healthUrl },
      permissions: [may.appendTimeline],
    }),
    defineFunction<ClassifyDamageEnv>('assessment/classify-damage', {
      environment: timeline,
      permissions: [may.appendTimeline],
    }),
    defineFunction<SelectStrategyEnv>('assessment/select-strategy', {
      environment: timeline,
      permissions: [may.appendTimeline],
    }),
  ];
}
