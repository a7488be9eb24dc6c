import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionInvoker } from '../deployer/registrars.ts';
import { RequestTooLarge, ResourceNotFound, TooManyRequests } from './lambda-error.ts';

/** The Invoke operation of the real Lambda API (`POST /2015-03-31/functions/<name>/invocations`). */
export interface InvokeApi {
  readonly address: string;
  close(): Promise<void>;
}

const idleConnectionMillis = 120_000;

/** @param arnOf turns a name into the ARN that the invoker knows. */
export async function startInvokeApi(
  invoker: FunctionInvoker,
  arnOf: (name: string) => string,
): Promise<InvokeApi> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => answerError(response, error));
  });
  server.keepAliveTimeout = idleConnectionMillis;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(request.url ?? '')?.[1];
    if (request.method !== 'POST' || !name) {
      throw new ResourceNotFound(`no such operation: ${request.method} ${request.url}`);
    }
    const functionArn = arnOf(decodeURIComponent(name));
    const payload = (await readText(request)) || '{}';
    response.setHeader('x-amzn-requestid', randomUUID());
    if (request.headers['x-amz-invocation-type'] === 'Event') {
      void invoker.invokeAsync(functionArn, payload);
      response.writeHead(202).end();
      return;
    }
    const result = await invoker.invoke(functionArn, payload);
    response.setHeader('x-amz-executed-version', '$LATEST');
    if (result.functionError) {
      response.setHeader('x-amz-function-error', result.functionError);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(result.payload);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerError(response: ServerResponse, error: Error): void {
  response.writeHead(statusOf(error), {
    'content-type': 'application/json',
    'x-amzn-errortype': error.name,
  });
  response.end(JSON.stringify({ Type: 'User', Message: error.message, message: error.message }));
}

function statusOf(error: Error): number {
  if (error instanceof ResourceNotFound) {
    return 404;
  }
  if (error instanceof TooManyRequests) {
    return 429;
  }
  return error instanceof RequestTooLarge ? 413 : 400;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
