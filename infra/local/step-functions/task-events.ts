import { historyResource } from './task-resource.ts';

/** One attempt of a Task state, noted by the code that carries it out. */
export interface TaskAttempt {
  /** The `Resource` of the state. */
  readonly resource: string;
  readonly input: unknown;
  readonly timeoutSeconds?: number;
  /** What the resource answered, before ResultSelector. */
  output?: unknown;
}

/** Type and details of a history event. */
export interface EventBody {
  readonly type: string;
  readonly [details: string]: unknown;
}

const whole = { truncated: false };

function isFunction(attempt: TaskAttempt): boolean {
  return attempt.resource.startsWith('arn:aws:lambda:');
}

/** The events that tell of the start of an attempt. */
export function attemptStarted(attempt: TaskAttempt, region: string): readonly EventBody[] {
  const timeout = attempt.timeoutSeconds === undefined ? {} : { timeoutInSeconds: attempt.timeoutSeconds };
  const input = JSON.stringify(attempt.input);
  if (isFunction(attempt)) {
    return [
      {
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: {
          resource: attempt.resource,
          input,
          inputDetails: whole,
          ...timeout,
        },
      },
      { type: 'LambdaFunctionStarted' },
    ];
  }
  const resource = historyResource(attempt.resource);
  return [
    {
      type: 'TaskScheduled',
      taskScheduledEventDetails: { ...resource, region, parameters: input, ...timeout },
    },
    { type: 'TaskStarted', taskStartedEventDetails: resource },
  ];
}

/** The event that tells of the good end of an attempt. */
export function attemptSucceeded(attempt: TaskAttempt): EventBody {
  const output = JSON.stringify(attempt.output);
  if (isFunction(attempt)) {
    return {
      type: 'LambdaFunctionSucceeded',
      lambdaFunctionSucceededEventDetails: { output, outputDetails: whole },
    };
  }
  return {
    type: 'TaskSucceeded',
    taskSucceededEventDetails: { ...historyResource(attempt.resource), output, outputDetails: whole },
  };
}

/** The event that tells of the failure or the timeout of an attempt. */
export function attemptFailed(attempt: TaskAttempt, error: string, cause: string): EventBody {
  const outcome = error === 'States.Timeout' ? 'TimedOut' : 'Failed';
  if (isFunction(attempt)) {
    return {
      type: `LambdaFunction${outcome}`,
      [`lambdaFunction${outcome}EventDetails`]: { error, cause },
    };
  }
  return {
    type: `Task${outcome}`,
    [`task${outcome}EventDetails`]: { ...historyResource(attempt.resource), error, cause },
  };
}

/** The event that ends the history of an execution. */
export function executionEnded(end: {
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}): EventBody {
  const failure = {
    ...(end.error === undefined ? {} : { error: end.error }),
    ...(end.cause === undefined ? {} : { cause: end.cause }),
  };
  switch (end.status) {
    case 'SUCCEEDED':
      return {
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: end.output, outputDetails: whole },
      };
    case 'TIMED_OUT':
      return { type: 'ExecutionTimedOut', executionTimedOutEventDetails: failure };
    case 'ABORTED':
      return { type: 'ExecutionAborted', executionAbortedEventDetails: failure };
    default:
      return { type: 'ExecutionFailed', executionFailedEventDetails: failure };
  }
}
