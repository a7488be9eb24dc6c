import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** One Lambda function: a row of the table that the stack is made from. */
export interface FunctionDefinition {
  /** `<domain>/<step>`, the source file under `functions/` without `.ts`. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly permissions: readonly PolicyStatement[];
  /** Shorter than that of the state that waits for it, so that the function itself says why. */
  readonly timeoutSeconds: number;
  readonly memoryMebibytes: number;
  /** In the subnets of the database: reaches it, the risk engine, DynamoDB and S3, and nothing else. */
  readonly inDatabaseNetwork: boolean;
  /** Stack traces in the log name source lines; costs forty milliseconds of every cold start. */
  readonly mapsStackTraces: boolean;
  /** Kept free for this function, and at the same time its limit. */
  readonly reservedConcurrency?: number;
}

/** The variables of a function whose environment schema gives `Env`: one that is forgotten does not compile. */
export type Variables<Env> = { readonly [Name in keyof Env]: string };

/** What is the same for most functions. */
const defaults = {
  timeoutSeconds: 25,
  memoryMebibytes: 512,
  inDatabaseNetwork: false,
  mapsStackTraces: true,
} as const;

/** A row of the table; `Env` is the environment type that the function's file exports. */
export function defineFunction<Env = never>(
  file: string,
  row: { readonly environment: Variables<Env> } & Pick<FunctionDefinition, 'permissions'> &
    Partial<Omit<FunctionDefinition, 'file' | 'environment' | 'permissions'>>,
): FunctionDefinition {
  return { ...defaults, ...row, file };
}

/** `trading/halt-trading` is the function, state and substitution `HaltTrading`. */
export function functionName(file: string): string {
  return (file.split('/').at(-1) ?? '')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
