import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';

/**
 * The failure of a task as the state machine sees it: `name` is what Retry and Catch compare, `message` becomes
 * the Cause. The name is data of the execution here, and not the name of our class.
 */
export class TaskFailure extends Error {
  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
  }
}

/** A failure that neither Retry nor Catch may handle, not even by `States.ALL` (AWS: runtime and data limit errors). */
export class TerminalFailure extends TaskFailure {
  /** Read by the engine. */
  readonly isRetryable = false;
  /** Read by the engine. */
  readonly isCatchable = false;
}

/** Ends the tasks of an execution or a branch that is over. */
export class TaskAbandoned extends TerminalFailure {
  constructor() {
    super('States.Aborted', 'The execution or the branch of this task has ended');
  }
}

let engineTimeoutClass: Promise<new () => Error> | undefined;

/**
 * The engine's own timeout error. It excepts only this class from `States.TaskFailed`, as AWS excepts
 * `States.Timeout`, and does not export it: a machine that times out at once yields it.
 */
export async function timeoutFailure(cause: string): Promise<Error> {
  engineTimeoutClass ??= findTimeoutClass();
  const failure = new (await engineTimeoutClass)();
  failure.message = cause;
  return failure;
}

async function findTimeoutClass(): Promise<new () => Error> {
  const definition: StateMachineDefinition = {
    StartAt: 'Never',
    States: { Never: { Type: 'Task', Resource: 'never', TimeoutSeconds: 0.001, End: true } },
  };
  const probe = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const { result } = probe.run(null, {
    overrides: { taskResourceLocalHandlers: { Never: () => new Promise(() => {}) } },
  });
  const failure = await result.then(
    () => undefined,
    (error: Error) => error.cause,
  );
  if (!(failure instanceof Error) || failure.name !== 'States.Timeout') {
    throw new EngineChanged('its timeout no longer fails with States.Timeout');
  }
  return failure.constructor as new () => Error;
}

/** The state machine engine behaves differently from the version that this runtime corrects. */
class EngineChanged extends Error {
  override readonly name = 'EngineChanged';

  constructor(difference: string) {
    super(`aws-local-stepfunctions: ${difference}`);
  }
}
