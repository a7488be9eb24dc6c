import type { Authorize, FunctionInvoker, MessageSender } from '../deployer/registrars.ts';
import type { CredentialStore } from '../front-door/credentials.ts';
import { type AsyncInvocations, createAsyncInvocations } from './async-invocations.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { functionEnvironment } from './function-environment.ts';
import { createFunctionLogs, type FunctionLogListener } from './function-logs.ts';
import { createFunctionPool, type FunctionPool, maximumPayloadBytes } from './function-pool.ts';
import { startInvokeApi } from './invoke-api.ts';
import { InvalidRequestContent, RequestTooLarge, ResourceNotFound } from './lambda-error.ts';
import type { NetworkRoutes } from './worker-network.ts';

export interface LambdaHostOptions {
  readonly region: string;
  readonly accountId: string;
  /** Address of the front door: `AWS_ENDPOINT_URL` of every function. */
  readonly endpointUrl: string;
  readonly credentials: CredentialStore;
  readonly authorize: Authorize;
  readonly messages: MessageSender;
  /** Divides the waits between asynchronous attempts, not the timeouts of functions. */
  readonly timeScale: number;
  /** What a function reaches by name; the host's own network when absent. */
  readonly network?: (functionArn: string) => NetworkRoutes;
  /** `<function>.log` files are written here. */
  readonly logDirectory: string;
}

/** Lambda of the laptop: every function of the template in worker threads of its own. */
export interface LambdaHost extends FunctionInvoker {
  /** Address of the Invoke API, for the front door's route `lambda`. */
  readonly address: string;
  /** @throws ReservedEnvironmentVariable */
  register(definition: FunctionDefinition): void;
  /** Changes what becomes of failed asynchronous events of a registered function. */
  onAsyncFailure(functionArn: string, handling: NonNullable<FunctionDefinition['onAsyncFailure']>): void;
  functions(): readonly FunctionDefinition[];
  /** Imports every bundle, so that the first invocation is as fast as the next. */
  prewarm(): Promise<void>;
  /** Tells of each line that a function prints. @returns a function that removes the listener. */
  onLog(listener: FunctionLogListener): () => void;
  close(): Promise<void>;
}

/** Quota "Invocation payload", asynchronous. */
const maximumAsyncPayloadBytes = 1024 * 1024;

/** Imports that run at once while prewarming: more would only compete for the cores. */
const prewarmLanes = 2;

export async function startLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const pools = new Map<string, FunctionPool>();
  const logs = createFunctionLogs(options.logDirectory);
  const asynchronous: AsyncInvocations = createAsyncInvocations({
    messages: options.messages,
    authorize: options.authorize,
    timeScale: options.timeScale,
    onLost: (functionName, reason) => logs.append(functionName, `asynchronous event lost: ${reason}\n`),
  });

  function poolOf(functionArn: string): FunctionPool {
    // An ARN may end in a version or alias; the laptop has the latest only.
    const pool = pools.get(functionArn.split(':').slice(0, 7).join(':'));
    if (!pool) {
      throw new ResourceNotFound(`Function not found: ${functionArn}`);
    }
    return pool;
  }

  function open(definition: FunctionDefinition): FunctionPool {
    const caller = options.credentials.issue(definition.name, definition.roleArn);
    return createFunctionPool(definition, {
      environment: functionEnvironment(definition, caller, options),
      onOutput: (chunk) => logs.append(definition.name, chunk),
      ...(options.network && { network: () => options.network?.(definition.arn) ?? {} }),
    });
  }

  const invoker: FunctionInvoker = {
    async invoke(functionArn, payload) {
      const pool = poolOf(functionArn);
      requirePayload(payload, maximumPayloadBytes);
      return pool.invoke(payload);
    },
    invokeAsync(functionArn, payload) {
      const pool = poolOf(functionArn);
      requirePayload(payload, maximumAsyncPayloadBytes);
      return asynchronous.accept(pool, payload);
    },
  };
  const api = await startInvokeApi(invoker, (name) =>
    name.startsWith('arn:') ? name : `arn:aws:lambda:${options.region}:${options.accountId}:function:${name}`,
  );

  return {
    ...invoker,
    address: api.address,
    register: (definition) => {
      pools.set(definition.arn, open(definition));
    },
    onAsyncFailure: (functionArn, handling) => {
      const { definition } = poolOf(functionArn);
      const merged = { ...definition.onAsyncFailure, ...handling };
      pools.set(definition.arn, open({ ...definition, onAsyncFailure: merged }));
    },
    functions: () => [...pools.values()].map((pool) => pool.definition),
    async prewarm() {
      const queue = [...pools.values()];
      const lane = async () => {
        for (let pool = queue.shift(); pool; pool = queue.shift()) {
          await pool.prewarm();
        }
      };
      await Promise.all(Array.from({ length: prewarmLanes }, lane));
    },
    onLog: (listener) => logs.onLog(listener),
    async close() {
      asynchronous.close();
      await api.close();
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await logs.close();
    },
  };
}

function requirePayload(payload: string, maximumBytes: number): void {
  if (Buffer.byteLength(payload) > maximumBytes) {
    throw new RequestTooLarge(
      `Request must be smaller than ${maximumBytes} bytes for the InvokeFunction operation`,
    );
  }
  try {
    JSON.parse(payload);
  } catch (cause) {
    throw new InvalidRequestContent(`Could not parse request body into json: ${(cause as Error).message}`, {
      cause,
    });
  }
}
