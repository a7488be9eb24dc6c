import { PassThrough } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { type MeteredStatement, meterStatements } from '../../../infra/local/rds/statement-meter.ts';

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

let client: PassThrough;
let server: PassThrough;
let statements: MeteredStatement[];
beforeEach(() => {
  client = new PassThrough();
  server = new PassThrough();
  statements = [];
  meterStatements(client, server, (statement) => statements.push(statement));
});

test('a statement lasts from its first byte until the server is ready for the next', async () => {
  client.write('Q');
  client.write(' and the rest');
  server.write('rows');
  expect(statements).toEqual([]);
  server.write(Buffer.concat([Buffer.from('the last row'), READY]));
  server.write(READY);
  client.write('Q');
  server.write(READY);
  await arrived();
  expect(statements).toHaveLength(2);
  for (const { startedAt, endedAt } of statements) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
});

test('that the server is ready is seen when it arrives in pieces, and only at the end of what it sends', async () => {
  client.write('Q');
  server.write(Buffer.concat([READY, Buffer.from('a row that holds what looks like it')]));
  server.write(READY.subarray(0, 2));
  await arrived();
  expect(statements).toEqual([]);
  server.write(READY.subarray(2));
  await arrived();
  expect(statements).toHaveLength(1);
});

test.each([
  ['another type', [0x43, 0, 0, 0, 5, 0x49]],
  ['another length', [0x5a, 0, 0, 0, 6, 0x49]],
  ['no state of a transaction', [0x5a, 0, 0, 0, 5, 0x58]],
])('six bytes with %s are not the end of a statement', async (_case, bytes) => {
  client.write('Q');
  server.write(Buffer.from(bytes));
  await arrived();
  expect(statements).toEqual([]);
});

test('the end of the session ends what was never answered, and a session at rest leaves nothing', async () => {
  client.write('Q');
  await arrived();
  server.destroy();
  await arrived();
  expect(statements).toHaveLength(1);
  const quiet = new PassThrough();
  meterStatements(new PassThrough(), quiet, (statement) => statements.push(statement));
  quiet.destroy();
  await arrived();
  expect(statements).toHaveLength(1);
});

/** Streams hand on what was written before the next turn of the event loop. */
function arrived(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
