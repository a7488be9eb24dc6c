import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ApiGatewayRig,
  emergencyApi,
  operator,
  sendSigned,
  startApiGatewayRig,
} from './api-gateway-rig.ts';

let rig: ApiGatewayRig;
let url: string;
beforeAll(async () => {
  rig = await startApiGatewayRig(emergencyApi());
  url = `${rig.url}/incidents/INC-7/approvals`;
});
beforeEach(() => {
  rig.events.length = 0;
  rig.asked.length = 0;
  rig.denied.clear();
});
afterAll(() => rig.gateway.close());

const body = '{"decision":"approve"}';

describe('a method with AWS_IAM', () => {
  it('takes a signed request and tells the function who signed it', async () => {
    expect((await sendSigned(url, body)).status).toBe(200);
    expect(rig.events[0]?.requestContext.identity).toMatchObject({
      userArn: operator.arn,
      accessKey: operator.accessKeyId,
      caller: 'anna',
      accountId: '123456789012',
    });
    expect(rig.asked[0]).toEqual({
      principal: operator.principalArn,
      action: 'execute-api:Invoke',
      resource: 'arn:aws:execute-api:eu-central-1:123456789012:api1/prod/POST/incidents/INC-7/approvals',
    });
  });

  it('refuses whom the policies do not allow', async () => {
    rig.denied.add('execute-api:Invoke');
    const response = await sendSigned(url, body);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
    expect(rig.events).toEqual([]);
  });

  it('refuses a request without a signature', async () => {
    const response = await fetch(url, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([
      403,
      { message: 'Missing Authentication Token' },
    ]);
  });

  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  it.each([
    ['a bearer token', { sent: { headers: () => ({ authorization: 'Bearer x' }) } }],
    ['a signature by another secret', { secretAccessKey: 'guess' }],
    ['a signature for another service', { service: 'states' }],
    ['a body that was changed', { sent: { body: '{"decision":"deny"}' } }],
    [
      'a changed body behind an unsigned hash',
      {
        sent: {
          headers: () => ({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
          body: '{"decision":"deny"}',
        },
      },
    ],
    [
      'an unknown access key',
      {
        sent: {
          headers: ({ authorization = '' }) => ({
            authorization: authorization.replace('AKIAANNA', 'AKIANOBODY'),
          }),
        },
      },
    ],
    ['a signature of 6 minutes ago', { signingDate: minutesAgo(6) }],
    ['a signature of 6 minutes from now', { signingDate: minutesAgo(-6) }],
  ] satisfies [string, Parameters<typeof sendSigned>[2]][])('refuses %s', async (_case, options) => {
    const response = await sendSigned(url, body, options);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException');
    expect(rig.events).toEqual([]);
  });

  it('takes a signature of 4 minutes ago', async () => {
    expect((await sendSigned(url, body, { signingDate: minutesAgo(4) })).status).toBe(200);
  });
});
