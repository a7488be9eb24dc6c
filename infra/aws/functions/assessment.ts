import type { AssessDatabaseEnv } from '../../../functions/assessment/assess-database.ts';
import type { AssessExchangeEnv } from '../../../functions/assessment/assess-exchange.ts';
import type { AssessIntegrityEnv } from '../../../functions/assessment/assess-integrity.ts';
import type { AssessRiskEngineEnv } from '../../../functions/assessment/assess-risk-engine.ts';
import type { ClassifyDamageEnv } from '../../../functions/assessment/classify-damage.ts';
import type { DescribeDatabaseEnv } from '../../../functions/assessment/describe-database.ts';
import type { SelectStrategyEnv } from '../../../functions/assessment/select-strategy.ts';
import { accessVariables, databaseServiceVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';

/** SOP steps 2 and 3: what is damaged, and what to do about it. */
export function assessmentFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, timelineTable, controlTable } = resources;
  const may = permissionsOn(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const rds = rdsPermissions(resources);
  const database = { ...endpointVariables(resources), ...accessVariables(resources) };
  const identifier = { DATABASE_IDENTIFIER: configuration.database.identifier };
  return [
    defineFunction<DescribeDatabaseEnv>('assessment/describe-database', {
      environment: {
        ...timeline,
        ...identifier,
        ...databaseServiceVariables(resources),
        REPLICA_IDENTIFIERS: JSON.stringify(configuration.database.replicas),
      },
      permissions: [may.appendTimeline, rds.describeSource, ...rds.describeReplicas, ...rds.describeBackups],
    }),
    defineFunction<AssessDatabaseEnv>('assessment/assess-database', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: { ...timeline, ...database },
      permissions: [may.appendTimeline, may.signIn],
    }),
    defineFunction<AssessIntegrityEnv>('assessment/assess-integrity', {
      inDatabaseNetwork: true,
      timeoutSeconds: 110,
      environment: { ...timeline, ...identifier, ...database, CONTROL_TABLE: controlTable.tableName },
      permissions: [may.appendTimeline, may.control('Query'), may.signIn],
    }),
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
      environment: { ...timeline, ...identifier, CONTROL_TABLE: controlTable.tableName },
      permissions: [may.appendTimeline, may.control('Query')],
    }),
  ];
}
