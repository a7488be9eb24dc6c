import type { EmergencyHaltEnv } from '../../../functions/trading/emergency-halt.ts';
import type { GetTradingStateEnv } from '../../../functions/trading/get-trading-state.ts';
import type { HaltTradingEnv } from '../../../functions/trading/halt-trading.ts';
import type { HaltWithoutIncidentEnv } from '../../../functions/trading/halt-without-incident.ts';
import type { ResumeTradingEnv } from '../../../functions/trading/resume-trading.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import type { Resources } from '../resources.ts';
import { allow } from '../statements.ts';

/** Halting keeps capacity of its own, so that nothing else in the account can use it up, and starts as fast as it can. */
const halting = { memoryMebibytes: 1024, reservedConcurrency: 5, mapsStackTraces: false } as const;

/** The one switch of the platform. */
export function tradingFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, tradingStateTopic, emergencyTokenSecret } = resources;
  const may = permissionsOn(resources);
  const controlVariables = {
    CONTROL_TABLE: controlTable.tableName,
    TRADING_STATE_TOPIC: tradingStateTopic.topicArn,
  };
  const halt = [may.tradingState('PutItem', 'GetItem'), ...may.publish(tradingStateTopic)];
  return [
    defineFunction<HaltTradingEnv>('trading/halt-trading', {
      ...halting,
      environment: { ...controlVariables, TIMELINE_TABLE: timelineTable.tableName },
      permissions: [...halt, may.appendTimeline],
    }),
    defineFunction<HaltWithoutIncidentEnv>('trading/halt-without-incident', {
      ...halting,
      environment: controlVariables,
      permissions: halt,
    }),
    defineFunction<EmergencyHaltEnv>('trading/emergency-halt', {
      ...halting,
      environment: {
        ...controlVariables,
        EMERGENCY_TOKEN_SECRET: emergencyTokenSecret.secretArn,
        INCIDENT_RESPONSE: resources.stateMachineArn('IncidentResponse'),
      },
      permissions: [
        ...halt,
        may.readEmergencyTokens,
        allow(['states:StartExecution'], [resources.stateMachineArn('IncidentResponse')]),
      ],
    }),
    defineFunction<GetTradingStateEnv>('trading/get-trading-state', {
      environment: {
        CONTROL_TABLE: controlTable.tableName,
        EMERGENCY_TOKEN_SECRET: emergencyTokenSecret.secretArn,
      },
      permissions: [may.tradingState('GetItem'), may.readEmergencyTokens],
    }),
    defineFunction<ResumeTradingEnv>('trading/resume-trading', {
      environment: {
        ...controlVariables,
        TIMELINE_TABLE: timelineTable.tableName,
        APPROVERS: JSON.stringify(configuration.approval.approvers),
      },
      permissions: [
        may.tradingState('GetItem', 'PutItem'),
        may.control('GetItem', 'Query'),
        ...may.publish(tradingStateTopic),
        may.appendTimeline,
      ],
    }),
  ];
}
