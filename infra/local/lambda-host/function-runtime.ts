/**
 * The entry of a worker thread: imports the bundle once, then runs one invocation after the other, as the Node.js
 * runtime of Lambda does. Nothing of the host leaks in but the messages of `invocation.ts`.
 */
import 'node:https'; // with its parts: a first call must not wait until Node has compiled its own modules
import 'node:tls';
import { existsSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isNativeError } from 'node:util/types';
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorPayload, InvocationRequest, WorkerMessage } from './invocation.ts';
import { useNetwork } from './worker-network.ts';

type Handler = (event: unknown, context: object) => unknown;

const { codeDirectory, handlerName } = workerData as { codeDirectory: string; handlerName: string };

// What was compiled once lies beside the bundles of a synthesis, and goes with them.
enableCompileCache(join(dirname(codeDirectory), 'compile-cache'));
let isCompileCacheKept = false;

// An import of node:http reads all of its exports, and three of them make Node compile its fetch classes. The SDK imports it for an
// endpoint without TLS, as the laptop has and AWS has not; who wants these classes finds them in the global scope.
const http = process.getBuiltinModule('node:http');
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) Reflect.deleteProperty(http, name);

process.on('unhandledRejection', (reason) => {
  crash({
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: String(reason),
    trace: [`Runtime.UnhandledPromiseRejection: ${reason}`, ...errorPayload(reason).trace],
  });
});
process.on('uncaughtException', (error) => crash(errorPayload(error)));

try {
  const handler = await loadHandler();
  parentPort?.on('message', (request: InvocationRequest) => void run(handler, request));
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'init-failed', payload: JSON.stringify(errorPayload(error)) });
}

async function loadHandler(): Promise<Handler> {
  const [module = '', exportName = ''] = handlerName.split('.');
  const file = ['.mjs', '.js'].map((extension) => join(codeDirectory, module + extension)).find(existsSync);
  if (!file) {
    throw Object.assign(new Error(`Error: Cannot find module '${module}'`), {
      name: 'Runtime.ImportModuleError',
    });
  }
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const handler = loaded[exportName];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  return handler as Handler;
}

async function run(handler: Handler, request: InvocationRequest): Promise<void> {
  if (request.network) {
    useNetwork(request.network);
  }
  try {
    const result = await handler(JSON.parse(request.event), contextOf(request));
    tell({ kind: 'succeeded', payload: serialize(result) });
  } catch (error) {
    tell({ kind: 'failed', payload: JSON.stringify(errorPayload(error)) });
  }
  keepCompiled();
}

/** Most functions of a bundle are compiled when they are first called: only after an invocation is there much to keep. */
function keepCompiled(): void {
  if (isCompileCacheKept) return;
  isCompileCacheKept = true;
  setImmediate(flushCompileCache);
}

function serialize(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (cause) {
    throw new Error(`Unable to stringify response body as json: ${(cause as Error).message}`, { cause });
  }
}

function contextOf(request: InvocationRequest): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: '$LATEST',
    functionName: request.functionName,
    memoryLimitInMB: String(request.memoryMegabytes),
    logGroupName: request.logGroupName,
    logStreamName: request.logStreamName,
    awsRequestId: request.requestId,
    invokedFunctionArn: request.functionArn,
    getRemainingTimeInMillis: () => Math.max(0, request.deadlineMillis - Date.now()),
  };
}

function errorPayload(error: unknown): ErrorPayload {
  if (isNativeError(error)) {
    return {
      errorType: error.name,
      errorMessage: error.message,
      trace: (error.stack ?? '').split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function crash(payload: ErrorPayload): void {
  tell({ kind: 'crashed', payload: JSON.stringify(payload) });
  process.exit(128);
}

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}
