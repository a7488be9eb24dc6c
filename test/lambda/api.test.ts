import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { api } from '../../shared/lambda/api.ts';
import { ApiProblem, parseRequest } from '../../shared/lambda/problem.ts';
import { Problem } from '../../shared/lambda/problem-details.ts';

process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

const event = (body: string | null): APIGatewayProxyEvent =>
  ({
    body,
    headers: { Authorization: 'Bearer x' },
    pathParameters: null,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', identity: { sourceIp: '127.0.0.1', userArn: null } },
  }) as unknown as APIGatewayProxyEvent;

async function call(run: (body: unknown) => Promise<unknown>, body: string | null = '{}') {
  const handler = api({
    name: 'Route',
    env: z.object({}),
    run: async (request) => ({ status: 200, body: await run(request.body) }),
  });
  const { statusCode, headers, body: text } = await handler(event(body));
  return {
    statusCode,
    contentType: headers?.['Content-Type'],
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

describe('a route', () => {
  it('answers in JSON', async () => {
    expect(await call(async () => ({ fine: true }))).toEqual({
      statusCode: 200,
      contentType: 'application/json',
      body: { fine: true },
    });
  });

  it('names the field that is wrong, as problem details', async () => {
    const answer = await call(
      async (body) => parseRequest(z.strictObject({ reason: z.string() }), body, 'body'),
      '{"reason":7,"x":1}',
    );
    expect(answer).toMatchObject({
      statusCode: 400,
      contentType: 'application/problem+json',
      body: { title: 'InvalidInput', instance: 'request-1' },
    });
    expect(Problem.parse(answer.body).errors?.map(({ field }) => field)).toContain('body.reason');
  });

  it('refuses a body that is no JSON', async () => {
    expect(await call(async () => ({}), '{"reason":')).toMatchObject({
      statusCode: 400,
      body: { errors: [{ field: 'body' }] },
    });
  });

  it('passes on what a problem says', async () => {
    expect(
      await call(() => Promise.reject(new ApiProblem(409, 'AlreadyDecided', 'once is enough'))),
    ).toMatchObject({
      statusCode: 409,
      body: { type: 'about:blank#AlreadyDecided', detail: 'once is enough' },
    });
  });

  it('asks to try again when a service does not answer', async () => {
    const cut = Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    expect(await call(() => Promise.reject(cut))).toMatchObject({
      statusCode: 503,
      body: { title: 'ServiceUnavailable' },
    });
  });

  it('shows nothing of its inside when it fails', async () => {
    const answer = await call(() => Promise.reject(new Error('password=secret at /var/task/index.mjs')));
    expect(answer.statusCode).toBe(500);
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|index\.mjs|stack/);
  });
});
