import { EventEmitter } from 'node:events';
import type {
  Authorize,
  FunctionInvoker,
  StateMachineRegistrar,
  StateMachineRegistration,
} from '../deployer/registrars.ts';
import type { BusEvent } from '../event-bridge/bus-event.ts';
import { startJsonService } from '../json-protocol/json-service.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { executionName } from './execution-name.ts';
import type { ExecutionRecord } from './execution-record.ts';
import { type Machine, prepareMachine } from './machine.ts';
import { stepFunctionsOperations } from './operations.ts';
import { type RunningExecution, runExecution } from './run-execution.ts';
import type { StateRunnerServices, TimeScaling } from './state-runner.ts';
import { executionStatusChange } from './status-change.ts';
import { TaskTokens } from './task-tokens.ts';

export interface StepFunctionsOptions extends TimeScaling {
  readonly region: string;
  readonly functions: FunctionInvoker;
  readonly authorize: Authorize;
  /** Takes the service's own events to the default event bus. */
  readonly emit: (event: BusEvent) => void;
}

export interface StartRequest {
  readonly stateMachineArn: string;
  /** JSON text. */
  readonly input: string;
  readonly name?: string;
}

/** A state that an execution has entered. */
export interface StateEntry {
  readonly executionArn: string;
  /** Name of the state machine. */
  readonly machine: string;
  readonly state: string;
  readonly at: Date;
}

/** Step Functions of the laptop: the real API in front of the local engine. */
export interface StepFunctions extends StateMachineRegistrar {
  readonly address: string;
  /** StartExecution for callers inside the laptop; the caller has authorized it. @throws ServiceError as the API does */
  startExecution(request: StartRequest): ExecutionRecord;
  /** StopExecution for callers inside the laptop. @throws ServiceError as the API does */
  stopExecution(executionArn: string, error?: string, cause?: string): void;
  /** ARN of the state machine whose task waits, or has waited, for the token: policies name it. */
  machineOfTaskToken(token: string): string | undefined;
  onStateEntered(listener: (entry: StateEntry) => void): void;
  onExecutionEnded(listener: (execution: ExecutionRecord) => void): void;
  /** Stops every execution and the server. */
  close(): Promise<void>;
}

/** Starts the API on a free port of 127.0.0.1. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<StepFunctions> {
  const executions = new Executions(options);
  const service = await startJsonService({
    targetPrefix: 'AWSStepFunctions',
    jsonVersion: '1.0',
    operations: stepFunctionsOperations(executions),
  });
  return {
    address: service.address,
    registerStateMachine: (registration) => executions.register(registration),
    startExecution: (request) => executions.start(request),
    stopExecution: (executionArn, error, cause) => executions.stop(executionArn, error, cause),
    machineOfTaskToken: (token) => executions.tokens.machineOf(token),
    onStateEntered: (listener) => executions.events.on('stateEntered', listener),
    onExecutionEnded: (listener) => executions.events.on('executionEnded', listener),
    close: async () => {
      await executions.stopAll();
      await service.close();
    },
  };
}

/** The state machines of the laptop and their executions. */
export class Executions {
  readonly tokens = new TaskTokens();
  readonly events = new EventEmitter<{ stateEntered: [StateEntry]; executionEnded: [ExecutionRecord] }>();
  readonly #options: StepFunctionsOptions;
  readonly #services: StateRunnerServices & { readonly region: string };
  readonly #machines = new Map<string, Machine>();
  readonly #records = new Map<string, ExecutionRecord>();
  readonly #running = new Map<string, RunningExecution & { readonly recorded: Promise<ExecutionRecord> }>();

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
    this.#services = {
      region: options.region,
      functions: options.functions,
      authorize: options.authorize,
      tokens: this.tokens,
      scaling: { timeScale: options.timeScale, scaleTimeouts: options.scaleTimeouts },
      startExecution: (request) => this.start(request),
      untilEnded: (executionArn) => this.untilEnded(executionArn),
      stopExecution: (executionArn, error, cause) => this.stop(executionArn, error, cause),
    };
  }

  /** @throws InvalidDefinition */
  register(registration: StateMachineRegistration): void {
    const machine = prepareMachine(registration, this.#options.timeScale, new Date());
    this.#machines.set(machine.arn, machine);
  }

  machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /** @throws ServiceError `StateMachineDoesNotExist` */
  machine(arn: string): Machine {
    const machine = this.#machines.get(arn);
    if (machine !== undefined) return machine;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  /** Newest first. */
  records(): readonly ExecutionRecord[] {
    return [...this.#records.values()].reverse();
  }

  /** @throws ServiceError `ExecutionDoesNotExist` */
  record(executionArn: string): ExecutionRecord {
    const record = this.#records.get(executionArn);
    if (record !== undefined) return record;
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }

  /**
   * Starts an execution, or returns the running one of the same name and input.
   * @throws ServiceError `StateMachineDoesNotExist`, `InvalidName`, `InvalidExecutionInput`, `ExecutionAlreadyExists`
   */
  start({ stateMachineArn, input, name: wantedName }: StartRequest): ExecutionRecord {
    const machine = this.machine(stateMachineArn);
    const name = executionName(wantedName);
    assertJson(input);
    const executionArn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.#records.get(executionArn);
    if (existing !== undefined) {
      if (existing.status === 'RUNNING' && existing.input === input) return existing;
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const startDate = new Date();
    const record: ExecutionRecord = {
      executionArn,
      stateMachineArn: machine.arn,
      name,
      input,
      startDate,
      status: 'RUNNING',
      history: [],
    };
    this.#records.set(executionArn, record);
    this.#options.emit(executionStatusChange(record));
    const running = runExecution(machine, record, this.#services, {
      stateEntered: (state, at) =>
        this.events.emit('stateEntered', { executionArn, machine: machine.name, state, at }),
    });
    record.history = running.history.events;
    this.#running.set(executionArn, { ...running, recorded: this.#untilRecorded(record, running) });
    return record;
  }

  /** Does nothing to an execution that has ended, as the API does. @throws ServiceError `ExecutionDoesNotExist` */
  stop(executionArn: string, error?: string, cause?: string): void {
    this.record(executionArn);
    this.#running.get(executionArn)?.abort(error, cause);
  }

  /** Resolves when the execution has ended and its events are out. */
  async untilEnded(executionArn: string): Promise<ExecutionRecord> {
    return (await this.#running.get(executionArn)?.recorded) ?? this.record(executionArn);
  }

  async stopAll(): Promise<void> {
    const running = [...this.#running.values()];
    for (const execution of running) execution.abort('Laptop.Closed', 'The laptop is shutting down');
    await Promise.all(running.map(({ recorded }) => recorded));
  }

  async #untilRecorded(record: ExecutionRecord, running: RunningExecution): Promise<ExecutionRecord> {
    const end = await running.ended;
    const stopDate = new Date();
    running.history.ended(end, stopDate);
    Object.assign(record, end, { stopDate });
    this.#running.delete(record.executionArn);
    this.#options.emit(executionStatusChange(record));
    this.events.emit('executionEnded', record);
    return record;
  }
}

function assertJson(input: string) {
  try {
    JSON.parse(input);
  } catch (error) {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${(error as Error).message}'`,
    );
  }
}
