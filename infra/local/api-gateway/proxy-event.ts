import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { AccessKeyOwner } from './caller-identity.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** The event of a Lambda proxy integration (payload format 1.0). */
export function proxyEvent(
  request: GatewayRequest,
  api: { readonly apiId: string; readonly accountId: string },
  stageVariables: Readonly<Record<string, string>> | undefined,
  caller: AccessKeyOwner | undefined,
): APIGatewayProxyEvent {
  const headers = headerPairs(request);
  const query = [...request.query];
  return {
    resource: request.method.resourcePath,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: nullIfEmpty(Object.fromEntries(headers)) ?? {},
    multiValueHeaders: multiple(headers),
    queryStringParameters: nullIfEmpty(Object.fromEntries(query)),
    multiValueQueryStringParameters: nullIfEmpty(multiple(query)),
    pathParameters: nullIfEmpty({ ...request.pathParameters }),
    stageVariables: stageVariables === undefined ? null : { ...stageVariables },
    requestContext: requestContext(request, api, caller),
    body: request.body.length === 0 ? null : request.body.toString('utf8'),
    isBase64Encoded: false,
  };
}

function requestContext(
  request: GatewayRequest,
  api: { readonly apiId: string; readonly accountId: string },
  caller: AccessKeyOwner | undefined,
): APIGatewayProxyEvent['requestContext'] {
  const principalId = caller === undefined ? null : (caller.arn.split('/').at(-1) ?? null);
  const host = request.header('host') ?? '';
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    authorizer: undefined,
    domainName: host,
    domainPrefix: host.split('.')[0] ?? '',
    extendedRequestId: request.requestId,
    httpMethod: request.httpMethod,
    identity: {
      accessKey: caller?.accessKeyId ?? null,
      accountId: caller === undefined ? null : api.accountId,
      apiKey: null,
      apiKeyId: null,
      caller: principalId,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: principalId,
      userAgent: request.header('user-agent') ?? null,
      userArn: caller?.arn ?? null,
    },
    path: `/${request.stage}${request.path}`,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: commonLogTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt.getTime(),
    resourceId: request.method.resourceId,
    resourcePath: request.method.resourcePath,
    stage: request.stage,
  };
}

/** A time as access logs write it, e.g. `22/Nov/2026:19:47:03 +0000`. */
export function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

function headerPairs(request: GatewayRequest): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    pairs.push([request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '']);
  }
  return [
    ...pairs,
    ['X-Forwarded-For', request.sourceIp],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
  ];
}

function multiple(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of pairs) grouped[name] = [...(grouped[name] ?? []), value];
  return grouped;
}

function nullIfEmpty<T extends object>(value: T): T | null {
  return Object.keys(value).length === 0 ? null : value;
}
