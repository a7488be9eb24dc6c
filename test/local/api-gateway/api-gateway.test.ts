import { afterEach, describe, expect, it } from 'vitest';
import type { RestApiRegistration } from '../../../infra/local/deployer/registrars.ts';
import {
  type ApiGatewayRig,
  answer,
  emergencyApi,
  proxyMethod,
  startApiGatewayRig,
} from './api-gateway-rig.ts';

let rig: ApiGatewayRig | undefined;
afterEach(async () => {
  await rig?.gateway.close();
  rig = undefined;
});

const start = async (fields: Partial<RestApiRegistration> = {}) => {
  rig = await startApiGatewayRig(emergencyApi(fields));
  return rig;
};
const halt = (body: string, headers: Record<string, string> = { authorization: 'Bearer x' }) =>
  fetch(`${rig?.url}/emergency/halt-trading`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('the proxy event', () => {
  it('carries path, headers, query, body and context as API Gateway gives them', async () => {
    const { url, events } = await start();
    await fetch(`${url}/incidents/INC%201?a=1&a=2`, { headers: { 'X-Reason': 'drill' } });
    const [event] = events;
    expect(event).toMatchObject({
      resource: '/incidents/{id}',
      path: '/incidents/INC%201',
      httpMethod: 'GET',
      pathParameters: { id: 'INC 1' },
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        accountId: '123456789012',
        apiId: 'api1',
        stage: 'prod',
        resourceId: 'incident',
        resourcePath: '/incidents/{id}',
        path: '/prod/incidents/INC%201',
        identity: { sourceIp: '127.0.0.1', userArn: null, caller: null, accessKey: null },
      },
    });
    expect(event?.requestContext.requestTime).toMatch(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(Object.entries(event?.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-reason')).toEqual([
      expect.any(String),
      'drill',
    ]);
  });

  it('comes from the most specific resource', async () => {
    const { url, events } = await start();
    await fetch(`${url}/incidents/latest`);
    expect(events[0]?.resource).toBe('/incidents/latest');
  });

  it('is only sent when API Gateway may invoke the function for this method', async () => {
    const { url, asked, denied } = await start();
    denied.add('lambda:InvokeFunction');
    const response = await fetch(`${url}/incidents/7`);
    expect(response.status).toBe(500);
    expect(asked).toEqual([
      {
        principal: 'apigateway.amazonaws.com',
        action: 'lambda:InvokeFunction',
        resource: 'arn:aws:lambda:eu-central-1:123456789012:function:api',
        sourceArn: 'arn:aws:execute-api:eu-central-1:123456789012:api1/prod/GET/incidents/{id}',
      },
    ]);
  });
});

describe('the answer', () => {
  it('is what the function says, with its status, headers and text', async () => {
    const served = await start();
    served.respond = () =>
      answer({
        statusCode: 202,
        headers: { 'X-Incident': '7' },
        multiValueHeaders: { 'X-Many': ['a', 'b'] },
        body: 'hi',
      });
    const response = await fetch(`${served.url}/incidents/7`);
    expect([response.status, await response.text()]).toEqual([202, 'hi']);
    expect([response.headers.get('x-incident'), response.headers.get('x-many')]).toEqual(['7', 'a, b']);
    expect(response.headers.get('x-amzn-requestid')).toBe(served.events[0]?.requestContext.requestId);
  });

  it.each([
    ['no proxy response', answer('done')],
    ['a response without status', answer({ body: 'x' })],
    ['a body that is no text', answer({ statusCode: 200, body: { a: 1 } })],
    ['an unknown field', answer({ statusCode: 200, code: 1 })],
    ['an error of the function', { payload: '{"errorType":"Error"}', functionError: 'Unhandled' as const }],
  ])('is 502 for %s', async (_case, result) => {
    const served = await start();
    served.respond = () => result;
    const response = await fetch(`${served.url}/incidents/7`);
    expect([response.status, await response.json()]).toEqual([502, { message: 'Internal server error' }]);
  });

  it('is 504 when the function takes longer than the integration may', async () => {
    const served = await start();
    served.respond = () => new Promise(() => {});
    const response = await fetch(`${served.url}/incidents/7`);
    expect([response.status, await response.json()]).toEqual([
      504,
      { message: 'Endpoint request timed out' },
    ]);
  });

  it('is 403 for a path or a method that does not exist, as for a missing signature', async () => {
    const { url } = await start();
    for (const response of [
      await fetch(`${url}/nowhere`),
      await fetch(`${url}/incidents/7`, { method: 'PUT' }),
    ]) {
      expect([response.status, await response.json()]).toEqual([
        403,
        { message: 'Missing Authentication Token' },
      ]);
    }
  });

  it('is 403 for a stage that does not exist', async () => {
    const { url } = await start();
    const response = await fetch(url.replace('/prod', '/test'));
    expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
  });
});

describe('request validation', () => {
  it('lets a valid request through', async () => {
    const { events } = await start();
    expect((await halt('{"reason":"fire","level":1}')).status).toBe(200);
    expect(events[0]?.body).toBe('{"reason":"fire","level":1}');
  });

  it.each([
    ['a missing field', '{}'],
    ['a field too many', '{"reason":"fire","more":1}'],
    ['text that is too short', '{"reason":"x"}'],
    ['a number on an exclusive bound, as draft 4 writes it', '{"reason":"fire","level":0}'],
    ['text that is not JSON', '{'],
    ['nothing', ''],
  ])('refuses %s before the function runs', async (_case, body) => {
    const { events } = await start();
    const response = await halt(body);
    expect([response.status, await response.json()]).toEqual([400, { message: 'Invalid request body' }]);
    expect(events).toEqual([]);
  });

  it('names the required header that is missing', async () => {
    await start();
    const response = await halt('{"reason":"fire"}', {});
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: 'Missing required request parameters: [Authorization]' },
    ]);
  });

  it('refuses a body of more than 10 MB', async () => {
    await start();
    expect((await halt(`"${'x'.repeat(10 * 1024 * 1024)}"`)).status).toBe(413);
  });
});

describe('gateway responses', () => {
  it('replace status, headers and body of what the gateway answers by itself', async () => {
    await start({
      gatewayResponses: [
        {
          id: 'bad-body',
          properties: {
            ResponseType: 'BAD_REQUEST_BODY',
            StatusCode: '422',
            ResponseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
            ResponseTemplates: {
              'application/json':
                '{"status":422,"title":$context.error.messageString,"detail":"$context.error.validationErrorString","instance":"$context.requestId"}',
            },
          },
        },
      ],
    });
    const response = await halt('{}');
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      status: 422,
      title: 'Invalid request body',
      detail: expect.stringMatching(/reason/),
      instance: response.headers.get('x-amzn-requestid'),
    });
  });

  it('fall back to DEFAULT_4XX, which keeps the status of the cause', async () => {
    const { url } = await start({
      gatewayResponses: [
        {
          id: 'default',
          properties: {
            ResponseType: 'DEFAULT_4XX',
            ResponseTemplates: { 'application/json': '{"type":"$context.error.responseType"}' },
          },
        },
      ],
    });
    const response = await fetch(`${url}/nowhere`);
    expect([response.status, await response.json()]).toEqual([403, { type: 'MISSING_AUTHENTICATION_TOKEN' }]);
  });

  it('are refused when they use what the laptop does not fill', async () => {
    const template = (text: string) => ({
      gatewayResponses: [
        {
          id: 'x',
          properties: { ResponseType: 'THROTTLED', ResponseTemplates: { 'application/json': text } },
        },
      ],
    });
    await expect(start(template('$context.authorizer.claims'))).rejects.toThrow(/THROTTLED/);
    await expect(start(template("$util.escapeJavaScript('x')"))).rejects.toThrow(/THROTTLED/);
  });
});

describe('a stage', () => {
  it('throttles beyond its burst, and each method apart', async () => {
    const { url } = await start({
      stages: [
        {
          id: 'prod',
          properties: {
            StageName: 'prod',
            MethodSettings: [
              { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 },
              {
                ResourcePath: '/~1incidents~1latest',
                HttpMethod: 'GET',
                ThrottlingRateLimit: 0.001,
                ThrottlingBurstLimit: 1,
              },
            ],
          },
        },
      ],
    });
    const statuses = async (path: string) => {
      const responses = [await fetch(url + path), await fetch(url + path), await fetch(url + path)];
      return responses.map(({ status }) => status);
    };
    expect(await statuses('/incidents/7')).toEqual([200, 200, 429]);
    expect(await statuses('/incidents/latest')).toEqual([200, 429, 429]);
  });

  it('writes its access log in its own format', async () => {
    const { url, accessLog } = await start({
      stages: [
        {
          id: 'prod',
          properties: {
            StageName: 'prod',
            AccessLogSetting: {
              Format:
                '$context.httpMethod $context.resourcePath $context.status $context.identity.userArn $context.error.message',
            },
          },
        },
      ],
    });
    await fetch(`${url}/incidents/7`);
    await fetch(`${url}/nowhere`);
    expect(accessLog).toEqual(['GET /incidents/{id} 200 - -', 'GET - 403 - Missing Authentication Token']);
  });
});

describe('an API is refused', () => {
  it.each([
    ['with an authorizer', { AuthorizationType: 'CUSTOM' }, /GET \/incidents\/\{id\}.*CUSTOM/],
    ['with API keys', { ApiKeyRequired: true }, /API keys/],
    ['with another integration', { Integration: { Type: 'MOCK' } }, /MOCK/],
    ['without its validator', { RequestValidatorId: 'gone' }, /gone/],
    [
      'with a validated parameter of the body',
      { RequestValidatorId: 'everything', RequestParameters: { 'method.request.body.x': true } },
      /method\.request\.body\.x/,
    ],
  ])('%s', async (_case, fields, reason) => {
    await expect(start({ methods: [proxyMethod('GET', 'incident', fields)] })).rejects.toThrow(reason);
  });
});
