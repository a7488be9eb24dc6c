import type { Operation, WireInput } from '../json-protocol/json-service.ts';
import { pageOf } from '../json-protocol/page.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { epochSeconds, integerWithin, optionalString, requiredString } from '../json-protocol/wire-input.ts';
import type { ExecutionRecord } from './execution-record.ts';
import type { Executions } from './step-functions.ts';

/** The operations of the Step Functions API that the laptop answers. */
export function stepFunctionsOperations(executions: Executions): Readonly<Record<string, Operation>> {
  return {
    StartExecution: (input) => {
      const name = optionalString(input, 'name');
      const record = executions.start({
        stateMachineArn: requiredString(input, 'stateMachineArn'),
        input: optionalString(input, 'input') ?? '{}',
        ...(name === undefined ? {} : { name }),
      });
      return { executionArn: record.executionArn, startDate: epochSeconds(record.startDate) };
    },
    StopExecution: async (input) => {
      const executionArn = requiredString(input, 'executionArn');
      executions.stop(executionArn, optionalString(input, 'error'), optionalString(input, 'cause'));
      const { stopDate = new Date() } = await executions.untilEnded(executionArn);
      return { stopDate: epochSeconds(stopDate) };
    },
    DescribeExecution: (input) => describeExecution(executions.record(requiredString(input, 'executionArn'))),
    ListExecutions: (input) => listExecutions(executions, input),
    GetExecutionHistory: (input) => executionHistory(executions, input),
    ListStateMachines: () => ({
      stateMachines: executions.machines().map(({ arn, name, creationDate }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: epochSeconds(creationDate),
      })),
    }),
    DescribeStateMachine: (input) => {
      const machine = executions.machine(requiredString(input, 'stateMachineArn'));
      return {
        stateMachineArn: machine.arn,
        name: machine.name,
        status: 'ACTIVE',
        definition: machine.definition,
        roleArn: machine.roleArn,
        type: 'STANDARD',
        creationDate: epochSeconds(machine.creationDate),
      };
    },
    SendTaskSuccess: (input) => {
      const output = parseOutput(requiredString(input, 'output'));
      executions.tokens.listenerOf(taskToken(input)).succeed(output);
    },
    SendTaskFailure: (input) => {
      const listener = executions.tokens.listenerOf(taskToken(input));
      listener.fail(optionalString(input, 'error') ?? '', optionalString(input, 'cause') ?? '');
    },
    SendTaskHeartbeat: (input) => executions.tokens.listenerOf(taskToken(input)).heartbeat(),
  };
}

function taskToken(input: WireInput): string {
  const token = optionalString(input, 'taskToken');
  if (token === undefined || token === '')
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  return token;
}

function parseOutput(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new ServiceError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

function summary(record: ExecutionRecord) {
  return {
    executionArn: record.executionArn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: epochSeconds(record.startDate),
    ...(record.stopDate === undefined ? {} : { stopDate: epochSeconds(record.stopDate) }),
    redriveCount: 0,
  };
}

function describeExecution(record: ExecutionRecord) {
  return {
    ...summary(record),
    input: record.input,
    inputDetails: { included: true },
    ...(record.output === undefined ? {} : { output: record.output, outputDetails: { included: true } }),
    ...(record.error === undefined ? {} : { error: record.error }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
  };
}

function listExecutions(executions: Executions, input: WireInput) {
  const stateMachineArn = requiredString(input, 'stateMachineArn');
  executions.machine(stateMachineArn);
  const status = optionalString(input, 'statusFilter');
  const matching = executions
    .records()
    .filter((record) => record.stateMachineArn === stateMachineArn)
    .filter((record) => status === undefined || record.status === status);
  const { items, nextToken } = pageOf(
    matching,
    pageSize(input),
    optionalString(input, 'nextToken'),
    'InvalidToken',
  );
  return { executions: items.map(summary), nextToken };
}

function executionHistory(executions: Executions, input: WireInput) {
  const { history } = executions.record(requiredString(input, 'executionArn'));
  const events = input.reverseOrder === true ? history.toReversed() : history;
  const page = pageOf(events, pageSize(input), optionalString(input, 'nextToken'), 'InvalidToken');
  return { events: page.items, nextToken: page.nextToken };
}

function pageSize(input: WireInput): number {
  // Zero means the default, as the API documents it.
  return integerWithin(input, 'maxResults', { minimum: 0, maximum: 1000, default: 0 }) || 100;
}
