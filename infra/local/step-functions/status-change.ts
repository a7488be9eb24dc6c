import type { BusEvent } from '../event-bridge/bus-event.ts';
import type { ExecutionRecord } from './execution-record.ts';

/** The event `Step Functions Execution Status Change` of an execution's present status. */
export function executionStatusChange(record: ExecutionRecord): BusEvent {
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    time: record.stopDate ?? record.startDate,
    resources: [record.executionArn],
    detail: {
      executionArn: record.executionArn,
      stateMachineArn: record.stateMachineArn,
      name: record.name,
      status: record.status,
      startDate: record.startDate.getTime(),
      stopDate: record.stopDate?.getTime() ?? null,
      input: record.input,
      inputDetails: { included: true },
      output: record.output ?? null,
      outputDetails: record.output === undefined ? null : { included: true },
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      error: record.error ?? null,
      cause: record.cause ?? null,
    },
  };
}
