import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import type { FunctionResult } from '../deployer/registrars.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { InvocationRequest, WorkerMessage } from './invocation.ts';
import type { NetworkRoutes } from './worker-network.ts';

/** One execution environment: a thread that has imported the bundle and runs one invocation at a time. */
export interface WarmWorker {
  /** Whether another invocation can be given to it. False after a crash, a timeout or a failed import. */
  isUsable(): boolean;
  /** Resolves with the failure too, as Lambda answers it; it never rejects. */
  invoke(request: Omit<InvocationRequest, 'deadlineMillis' | 'network'>): Promise<FunctionResult>;
  /** Resolves when the bundle is imported, or has failed to be. */
  started: Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** All variables of the thread: it inherits none of the host's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (chunk: string) => void;
  /** The network as it is now; the host's own when absent. */
  readonly network?: () => NetworkRoutes;
}

/** Lambda gives a bundle ten seconds to be imported, whatever the timeout of the function. */
const initTimeoutMillis = 10_000;

/** Starts a worker thread for the function. */
export function startWarmWorker(definition: FunctionDefinition, options: WorkerOptions): WarmWorker {
  const worker = new Worker(runtimeModule(), {
    name: definition.name,
    workerData: { codeDirectory: definition.codeDirectory, handlerName: definition.handler },
    env: { ...options.environment },
    resourceLimits: { maxOldGenerationSizeMb: definition.memoryMegabytes },
    stdout: true,
    stderr: true,
  });
  const started = Promise.withResolvers<void>();
  let answer: ((result: FunctionResult) => void) | undefined;
  let failure: FunctionResult | undefined;
  let initTimer: NodeJS.Timeout | undefined;

  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding('utf8').on('data', options.onOutput);
  }
  worker.on('message', (message: WorkerMessage) => {
    switch (message.kind) {
      case 'ready':
        clearTimeout(initTimer);
        started.resolve();
        break;
      case 'succeeded':
        settle({ payload: message.payload });
        break;
      case 'failed':
        settle(unhandled(message.payload));
        break;
      default:
        fail(unhandled(message.payload));
    }
  });
  worker.on('error', (error: Error & { code?: string }) => {
    const isOutOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    fail(runtimeError(isOutOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError', error.message));
  });
  worker.on('exit', (code) => {
    fail(runtimeError('Runtime.ExitError', `Error: Runtime exited with error: exit status ${code}`));
  });
  initTimer = setTimeout(() => {
    fail(runtimeError('Sandbox.Timedout', `Error: Init timed out after ${initTimeoutMillis / 1000} seconds`));
    void worker.terminate();
  }, initTimeoutMillis);

  function settle(result: FunctionResult): void {
    const waiting = answer;
    answer = undefined;
    waiting?.(result);
  }

  function fail(result: FunctionResult): void {
    clearTimeout(initTimer);
    failure ??= result;
    started.resolve();
    settle(failure);
  }

  return {
    isUsable: () => failure === undefined,
    started: started.promise,
    async invoke(request) {
      await started.promise;
      if (failure) {
        return failure;
      }
      const { promise, resolve } = Promise.withResolvers<FunctionResult>();
      answer = resolve;
      const timer = setTimeout(() => {
        const seconds = definition.timeoutSeconds.toFixed(2);
        fail(
          runtimeError(
            'Sandbox.Timedout',
            `RequestId: ${request.requestId} Error: Task timed out after ${seconds} seconds`,
          ),
        );
        void worker.terminate();
      }, definition.timeoutSeconds * 1000);
      worker.postMessage({
        ...request,
        deadlineMillis: Date.now() + definition.timeoutSeconds * 1000,
        ...(options.network && { network: options.network() }),
      });
      const result = await promise;
      clearTimeout(timer);
      return result;
    },
    stop: async () => {
      clearTimeout(initTimer);
      await worker.terminate();
    },
  };
}

function unhandled(payload: string): FunctionResult {
  return { payload, functionError: 'Unhandled' };
}

/** Errors of the environment have no trace: Lambda itself writes them. */
function runtimeError(errorType: string, errorMessage: string): FunctionResult {
  return unhandled(JSON.stringify({ errorType, errorMessage }));
}

let builtRuntime: URL | undefined;

/** The entry of a thread as one JavaScript module, built once: taking the types out again in each of forty threads costs seconds. */
function runtimeModule(): URL {
  builtRuntime ??= new URL(`data:text/javascript,${encodeURIComponent(buildRuntime())}`);
  return builtRuntime;
}

function buildRuntime(): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('./function-runtime.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
