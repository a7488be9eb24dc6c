import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startExchange } from '../../../infra/local/platform/exchanges.ts';
import type { HealthServer } from '../../../infra/local/platform/health-server.ts';

describe('a venue', () => {
  let venue: HealthServer;

  beforeAll(async () => {
    venue = await startExchange('kraken');
  });
  afterAll(() => venue.close());

  const ask = (path = '/health', timeoutMillis = 5000) =>
    fetch(`http://127.0.0.1:${venue.port}${path}`, { signal: AbortSignal.timeout(timeoutMillis) });

  test('says that it is online', async () => {
    venue.fail('none');
    expect(await (await ask()).json()).toMatchObject({ status: 'online' });
    expect((await ask('/other')).status).toBe(404);
  });

  test('can break off connections', async () => {
    venue.fail('refuse');
    await expect(ask()).rejects.toThrow('fetch failed');
  });

  test.each([
    ['error', 500],
    ['maintenance', 503],
  ] as const)('can be in %s', async (failure, status) => {
    venue.fail(failure);
    expect((await ask()).status).toBe(status);
  });

  test('can be slower than anybody waits', async () => {
    venue.fail('slow');
    await expect(ask('/health', 200)).rejects.toThrow('aborted due to timeout');
  });
});
