import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startExchange } from '../../infra/local/platform/exchanges.ts';
import { interpretPositions, readPositionsRepeatedly } from '../../shared/exchange/positions-endpoint.ts';

const NOW = '2026-01-31T03:05:07.000Z';
const good = {
  asOf: '2026-01-31T03:05:06.5Z',
  complete: true,
  positions: [{ symbol: 'BTC/USD', net: '-1.5' }],
};
const interpret = (body: unknown) =>
  interpretPositions('kraken', typeof body === 'string' ? body : JSON.stringify(body), NOW);

describe('what an exchange reports', () => {
  it('is taken as it is', () => {
    expect(interpret(good)).toEqual({
      state: 'read',
      exchange: 'kraken',
      asOf: good.asOf,
      positions: good.positions,
    });
    expect(interpret({ ...good, positions: [] })).toMatchObject({ state: 'read', positions: [] });
  });

  it.each([
    ['an HTML page', '<html>', /not understood: body/],
    ['nothing', '', /not understood: body/],
    ['an empty object', {}, /not understood: asOf/],
    ['a list alone', [], /not understood/],
    ['no positions', { ...good, positions: undefined }, /not understood: positions/],
    ['a size that is a number', { ...good, positions: [{ symbol: 'X', net: 1.5 }] }, /positions\.0\.net/],
    ['a size in exponents', { ...good, positions: [{ symbol: 'X', net: '1e5' }] }, /positions\.0\.net/],
    ['a part of the accounts', { ...good, complete: false }, /not complete/],
    [
      'what was before the last fills',
      { ...good, asOf: '2026-01-31T03:03:00Z' },
      /an answer of 2026-01-31T03:03:00Z/,
    ],
    ['what will be', { ...good, asOf: '2026-01-31T03:07:00Z' }, /an answer of/],
    ['one symbol twice', { ...good, positions: [...good.positions, ...good.positions] }, /BTC\/USD twice/],
  ])('is unknown when it is %s', (_what, body, reason) => {
    expect(interpret(body)).toMatchObject({
      state: 'unknown',
      exchange: 'kraken',
      reason: expect.stringMatching(reason),
    });
  });
});

describe('asking an exchange', () => {
  let server: Server | undefined;
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    server = undefined;
  });
  async function served(listener: RequestListener): Promise<string> {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}/positions`;
  }
  const ask = (url: string, timeoutMillis = 5000) =>
    readPositionsRepeatedly({ exchange: 'kraken', url, timeoutMillis, now: () => new Date() }, 3);

  it('reads it at the third time of asking, and gives up after that', async () => {
    let asked = 0;
    const url = await served((_request, response) => {
      asked += 1;
      if (asked < 3) response.writeHead(503).end();
      else response.end(JSON.stringify({ ...good, asOf: new Date().toISOString() }));
    });
    expect(await ask(url)).toMatchObject({ state: 'read' });
    const refused = await served((_request, response) => response.writeHead(500).end());
    expect(await ask(refused)).toMatchObject({ state: 'unknown', reason: 'HTTP 500' });
  });

  it('is unknown when it does not answer in time, refuses, or sends elsewhere', async () => {
    const silent = await served(() => undefined);
    expect(await ask(silent, 50)).toMatchObject({ state: 'unknown', reason: 'no answer within 50 ms' });
    const cut = await served((request) => request.socket.destroy());
    expect(await ask(cut)).toMatchObject({ state: 'unknown' });
    const elsewhere = await served((_request, response) =>
      response.writeHead(302, { location: '/health' }).end(),
    );
    expect(await ask(elsewhere)).toMatchObject({ state: 'unknown' });
  });

  it('finds on the venue of the laptop what was traded there', async () => {
    const venue = await startExchange('kraken');
    venue.hold([{ symbol: 'BTC/USD', net: '1.50000000' }]);
    venue.fill({ symbol: 'BTC/USD', side: 'SELL', quantity: '1.50000000' });
    venue.fill({ symbol: 'ETH/USD', side: 'BUY', quantity: '0.20000000' });
    venue.fill({ symbol: 'ETH/USD', side: 'SELL', quantity: '0.50000000' });
    const reading = await ask(`http://127.0.0.1:${venue.port}/positions`);
    await venue.close();
    expect(reading).toMatchObject({ state: 'read', positions: [{ symbol: 'ETH/USD', net: '-0.3' }] });
  });
});
