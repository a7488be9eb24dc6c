import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { ServiceError } from './service-error.ts';

/** Input of an operation as it came over the wire: not validated yet. */
export type WireInput = Readonly<Record<string, unknown>>;

/** One operation: takes the parsed request body and answers with the response body. */
export type Operation = (input: WireInput) => unknown | Promise<unknown>;

export interface JsonServiceOptions {
  /** What comes before the dot in `X-Amz-Target`, e.g. `AWSStepFunctions`. */
  readonly targetPrefix: string;
  readonly jsonVersion: '1.0' | '1.1';
  /** True for services that moved from the Query protocol: their clients read the old code from a header. */
  readonly queryCompatible?: boolean;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** A server on a free port of 127.0.0.1. */
export interface RunningService {
  /** Base address, `http://127.0.0.1:<port>`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the AWS JSON protocol (one POST path, operation in `X-Amz-Target`) for the given operations.
 * A `ServiceError` is answered under its code; any other error is our fault and answered as `InternalFailure`.
 */
export async function startJsonService(options: JsonServiceOptions): Promise<RunningService> {
  const server = createServer((request, response) => {
    void answer(request, response, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: JsonServiceOptions) {
  try {
    const input = await readInput(request);
    const operation = operationOf(request, options);
    send(response, 200, (await operation(input)) ?? {}, options);
  } catch (error) {
    sendError(response, error, options);
  }
}

async function readInput(request: IncomingMessage): Promise<WireInput> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  // Clients compress large requests of some operations, PutMetricData among them.
  const isCompressed = request.headers['content-encoding'] === 'gzip';
  const text = (isCompressed ? gunzipSync(body) : body).toString('utf8');
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as WireInput;
  } catch {
    // Answered below, together with bodies that are JSON but not an object.
  }
  throw new ServiceError('SerializationException', 'The request body is not a JSON object');
}

function operationOf(request: IncomingMessage, options: JsonServiceOptions): Operation {
  const target = String(request.headers['x-amz-target'] ?? '');
  const separator = target.lastIndexOf('.');
  const operation = options.operations[target.slice(separator + 1)];
  if (target.slice(0, separator) !== options.targetPrefix || operation === undefined) {
    throw new ServiceError(
      'UnknownOperationException',
      `The stand-in does not implement '${target}' (X-Amz-Target); it knows ${Object.keys(options.operations).join(', ')}`,
    );
  }
  return operation;
}

function sendError(response: ServerResponse, error: unknown, options: JsonServiceOptions) {
  const known =
    error instanceof ServiceError
      ? error
      : new ServiceError(
          'InternalFailure',
          error instanceof Error ? `${error.name}: ${error.message}` : String(error),
          500,
        );
  if (options.queryCompatible === true) {
    response.setHeader('x-amzn-query-error', `${known.code};${known.status < 500 ? 'Sender' : 'Receiver'}`);
  }
  send(response, known.status, { __type: known.code, message: known.message }, options);
}

function send(response: ServerResponse, status: number, body: unknown, options: JsonServiceOptions) {
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${options.jsonVersion}`,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
