import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Asked {
  readonly target: unknown;
  readonly body: { readonly TableName: string };
}

const servers: Server[] = [];
let asked: Asked[];
beforeEach(() => {
  asked = [];
  vi.resetModules();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  vi.stubEnv('TIMELINE_TABLE', 'timeline');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A DynamoDB that answers every request in one way: what is tested is what becomes of the answer. */
async function startDynamodb(answer: (response: ServerResponse) => void) {
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
    asked.push({
      target: request.headers['x-amz-target'],
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    answer(response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const importStep = () => import('../../shared/incident/step.ts');

describe('an environment that starts', () => {
  it('asks the timeline once, for an incident that does not exist', async () => {
    await startDynamodb((response) => response.end('{"Items":[],"Count":0,"ScannedCount":0}'));
    await importStep();
    expect(asked).toEqual([
      {
        target: 'DynamoDB_20120810.Query',
        body: expect.objectContaining({
          TableName: 'timeline',
          ExpressionAttributeValues: { ':pk': { S: 'INC-00000000-00000000' } },
        }),
      },
    ]);
  });

  it('is of use although DynamoDB refuses', async () => {
    await startDynamodb((response) =>
      response.writeHead(400).end('{"__type":"AccessDeniedException","message":"no"}'),
    );
    await expect(importStep()).resolves.toHaveProperty('step');
    expect(asked).toHaveLength(1);
  });

  it('is of use although DynamoDB does not answer', async () => {
    await startDynamodb(() => undefined);
    await expect(importStep()).resolves.toHaveProperty('step');
    expect(asked).toHaveLength(1);
  });
});

describe('nothing is asked', () => {
  it.each(['AWS_LAMBDA_INITIALIZATION_TYPE', 'TIMELINE_TABLE'])('without %s', async (variable) => {
    await startDynamodb((response) => response.end('{"Items":[]}'));
    vi.stubEnv(variable, undefined);
    await importStep();
    expect(asked).toEqual([]);
  });
});
