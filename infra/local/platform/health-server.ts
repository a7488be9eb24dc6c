import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How a service fails. `refuse`: it breaks off every connection. `error`: it answers 500. `slow`: it answers after
 * {@link SLOW_MILLIS}. `maintenance`: it answers 503 and says so. `none`: it works.
 */
export type HealthFailure = 'none' | 'refuse' | 'error' | 'slow' | 'maintenance';

/** All that {@link HealthServer.fail} knows. */
export const healthFailures: readonly HealthFailure[] = ['none', 'refuse', 'error', 'slow', 'maintenance'];

/** Slower than any health check waits. */
const SLOW_MILLIS = 20_000;

/** A service of the platform with a health endpoint, on a port of its own. */
export interface HealthServer {
  readonly name: string;
  readonly port: number;
  /** Fails this way from the next request on. */
  fail(failure: HealthFailure): void;
  close(): Promise<void>;
}

/** What a working service says at its health path. */
export interface HealthyAnswer {
  readonly path: string;
  readonly body: () => unknown;
}

/**
 * Starts a service on a free port of 127.0.0.1.
 * @param further what it says at other paths; it fails there as it does at its health path.
 */
export async function startHealthServer(
  name: string,
  healthy: HealthyAnswer,
  further: Readonly<Record<string, () => unknown>> = {},
): Promise<HealthServer> {
  const answers: Readonly<Record<string, () => unknown>> = { ...further, [healthy.path]: healthy.body };
  let failure: HealthFailure = 'none';
  const pending = new Set<NodeJS.Timeout>();

  function answerAsHealthy({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const body = answers[url];
    if (body === undefined) send(response, 404, { status: 'unknown path' });
    else send(response, 200, body());
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (failure === 'refuse') {
      request.socket.resetAndDestroy();
    } else if (failure === 'error') {
      send(response, 500, { status: 'error', message: 'internal error' });
    } else if (failure === 'maintenance') {
      send(response, 503, { status: 'maintenance' }, { 'retry-after': '3600' });
    } else {
      answerAsHealthy(request, response);
    }
  }

  const server = createServer((request, response) => {
    if (failure !== 'slow') {
      answer(request, response);
      return;
    }
    const timer = setTimeout(() => {
      pending.delete(timer);
      answerAsHealthy(request, response);
    }, SLOW_MILLIS);
    pending.add(timer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    name,
    port: (server.address() as AddressInfo).port,
    fail: (next) => {
      failure = next;
    },
    async close() {
      for (const timer of pending) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
