/** A function of the template, with everything resolved that the laptop needs to run it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Directory of the built bundle. */
  readonly codeDirectory: string;
  /** `<file>.<export>`, as in the template: `index.handler` is `handler` of `index.mjs`. */
  readonly handler: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  /** The variables of the template, and only those. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroupName: string;
  readonly logFormat: 'JSON' | 'Text';
  /** How many may run at once; unlimited when absent. */
  readonly reservedConcurrency?: number;
  readonly onAsyncFailure?: AsyncFailureHandling;
}

/** What becomes of an asynchronous event whose function keeps failing. */
interface AsyncFailureHandling {
  /** Attempts after the first; AWS makes 2 unless told otherwise. */
  readonly maximumRetryAttempts?: number;
  /** ARN of a queue or topic that gets the record of the failed invocation. */
  readonly destinationArn?: string;
  /** ARN of a queue or topic that gets the event itself. */
  readonly deadLetterArn?: string;
}
