import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readHealth, readHealthRepeatedly } from '../../shared/assessment/health-endpoint.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}
const answer =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status).end(body);
  };

describe('a health endpoint', () => {
  it.each(['ok', 'UP', 'online', 'healthy', 'pass', 'operational'])(
    'is healthy when it says %s',
    async (status) => {
      expect(await readHealth(await serve(answer(200, JSON.stringify({ status }))), 1000)).toMatchObject({
        healthy: true,
      });
    },
  );

  it.each([
    ['an HTML page with status 200', 200, '<html>maintenance</html>', /without/],
    ['an empty body', 200, '', /without/],
    ['a list', 200, '[]', /without/],
    ['maintenance', 200, '{"status":"maintenance"}', /maintenance/],
    ['an error', 500, '{"status":"ok"}', /HTTP 500/],
    ['a redirect', 302, '', /./],
  ])('is not healthy with %s', async (_what, status, body, reason) => {
    const reading = await readHealth(await serve(answer(status, body)), 1000);
    expect(reading.healthy).toBe(false);
    expect(reading.reason).toMatch(reason);
  });

  it('is not healthy when it does not answer in time', async () => {
    const reading = await readHealth(await serve(() => undefined), 50);
    expect(reading).toMatchObject({ healthy: false, reason: 'no answer within 50 ms' });
  });

  it('is not healthy when nobody listens', async () => {
    const url = await serve(answer(200, ''));
    server?.close();
    expect(await readHealth(url, 1000)).toMatchObject({ healthy: false, reason: 'ECONNREFUSED' });
  });

  it('is asked again before one lost answer counts as an outage', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else response.end('{"status":"ok"}');
    });
    expect(await readHealthRepeatedly(url, { timeoutMillis: 1000, attempts: 3 })).toMatchObject({
      healthy: true,
    });
    expect(asked).toBe(2);
  });

  it('that is healthy once counts as healthy, and as slow only when every answer was slow', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      if (asked === 1) setTimeout(() => response.end('{"status":"ok"}'), 1100);
      else response.end('{"status":"ok"}');
    });
    const reading = await readHealthRepeatedly(url, { timeoutMillis: 5000, attempts: 3 });
    expect(reading.healthy).toBe(true);
    expect(reading.latencyMillis).toBeLessThan(1000);
    expect(asked).toBe(2);
  });
});
