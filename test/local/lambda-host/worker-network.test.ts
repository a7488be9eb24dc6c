import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LambdaHostRig, startLambdaHostRig } from './lambda-host-rig.ts';

const FETCHING = `export const handler = async ({ url }) => {
  try {
    return await (await fetch(url)).text();
  } catch (error) {
    return error.cause?.code ?? error.code;
  }
};`;

const CONNECTING = `import { connect, Socket } from 'node:net';
const line = (socket) => new Promise((resolve) => {
  socket.once('error', (error) => resolve(error.code));
  socket.once('data', (data) => { resolve(data.toString().split(' ')[1]); socket.destroy(); });
  socket.once('connect', () => socket.write('GET / HTTP/1.0\\r\\n\\r\\n'));
});
export const handler = ({ host }) => Promise.all([
  line(connect(80, host)),
  line(connect({ port: 80, host })),
  line(new Socket().connect(80, host)),
]);`;

describe('the network of a function', () => {
  let server: Server;
  let rig: LambdaHostRig;
  let routes: Record<string, number> = {};
  let port = 0;

  beforeAll(async () => {
    server = createServer((request, response) => response.end(`host ${request.headers.host}`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    routes = { 'kraken.exchange.laptop:80': port };
    rig = await startLambdaHostRig(() => routes);
  });
  afterAll(async () => {
    await rig.close();
    server.close();
    server.closeAllConnections();
  });

  test('leads a real-looking name to the laptop, and the request keeps the name', async () => {
    const arn = rig.add('fetching', FETCHING);
    const { value } = await rig.call(arn, { url: 'http://kraken.exchange.laptop/health' });
    expect(value).toBe('host kraken.exchange.laptop');
  });

  test('leads it there however the connection is asked for', async () => {
    const arn = rig.add('connecting', CONNECTING);
    expect((await rig.call(arn, { host: 'kraken.exchange.laptop' })).value).toEqual(['200', '200', '200']);
    expect((await rig.call(arn, { host: 'example.com' })).value).toEqual([
      'ENOTFOUND',
      'ENOTFOUND',
      'ENOTFOUND',
    ]);
  });

  test('knows no other name: nothing leaves the laptop', async () => {
    const arn = rig.add('elsewhere', FETCHING);
    expect((await rig.call(arn, { url: 'http://example.com/' })).value).toBe('ENOTFOUND');
    expect((await rig.call(arn, { url: 'http://kraken.exchange.laptop:81/' })).value).toBe('ENOTFOUND');
  });

  test('reaches addresses as before', async () => {
    const arn = rig.add('address', FETCHING);
    const { value } = await rig.call(arn, { url: `http://127.0.0.1:${port}/` });
    expect(value).toBe(`host 127.0.0.1:${port}`);
  });

  test('is as it is at the time of each invocation', async () => {
    const arn = rig.add('changing', FETCHING);
    routes = {};
    expect((await rig.call(arn, { url: 'http://kraken.exchange.laptop/' })).value).toBe('ENOTFOUND');
    routes = { 'kraken.exchange.laptop:80': port };
    expect((await rig.call(arn, { url: 'http://kraken.exchange.laptop/' })).value).toContain('kraken');
  });
});
