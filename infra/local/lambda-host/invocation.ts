import type { NetworkRoutes } from './worker-network.ts';

/** What the host tells a worker of one invocation. Crosses the thread, so it is plain data. */
export interface InvocationRequest {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMegabytes: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Epoch milliseconds at which the invocation is cut off. */
  readonly deadlineMillis: number;
  /** Absent where the function's network is that of the host. */
  readonly network?: NetworkRoutes;
}

/** What a worker tells the host. `payload` is JSON text. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** The bundle could not be imported; the worker is of no use. */
  | { readonly kind: 'init-failed'; readonly payload: string }
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly payload: string }
  /** Something failed outside of the handler's promise; the worker ends. */
  | { readonly kind: 'crashed'; readonly payload: string };

/** An error as the Node.js runtime of Lambda writes it (nodejs/aws-lambda-nodejs-runtime-interface-client). */
export interface ErrorPayload {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}
