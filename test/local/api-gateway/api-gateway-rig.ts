import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ApiGateway, createApiGateway } from '../../../infra/local/api-gateway/api-gateway.ts';
import type {
  AuthorizationRequest,
  FunctionResult,
  ResourceProperties,
  RestApiRegistration,
} from '../../../infra/local/deployer/registrars.ts';

export const operator = {
  principalArn: 'arn:aws:iam::123456789012:user/anna',
  arn: 'arn:aws:iam::123456789012:user/anna',
  accessKeyId: 'AKIAANNA',
  secretAccessKey: 'anna-secret',
};

export interface ApiGatewayRig {
  readonly gateway: ApiGateway;
  /** Base address with the stage. */
  readonly url: string;
  readonly events: APIGatewayProxyEvent[];
  readonly asked: AuthorizationRequest[];
  readonly denied: Set<string>;
  readonly accessLog: string[];
  /** What the function answers next. */
  respond: () => Promise<FunctionResult> | FunctionResult;
}

const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:api';

/** A method in front of the rig's function, as the template has it. */
export function proxyMethod(httpMethod: string, resourceId: string, fields: ResourceProperties = {}) {
  return {
    id: `${resourceId}-${httpMethod}`,
    properties: {
      HttpMethod: httpMethod,
      ResourceId: resourceId,
      AuthorizationType: 'NONE',
      Integration: {
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        TimeoutInMillis: 200,
        Uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
      },
      ...fields,
    },
  };
}

/** An API with the shape of the emergency API. */
export function emergencyApi(fields: Partial<RestApiRegistration> = {}): RestApiRegistration {
  const resource = (id: string, parent: string, part: string) => ({
    id,
    properties: { ParentId: parent, PathPart: part },
  });
  return {
    id: 'api1',
    rootResourceId: 'root',
    properties: { Name: 'emergency' },
    resources: [
      resource('emergency', 'root', 'emergency'),
      resource('halt', 'emergency', 'halt-trading'),
      resource('incidents', 'root', 'incidents'),
      resource('incident', 'incidents', '{id}'),
      resource('latest', 'incidents', 'latest'),
      resource('approvals', 'incident', 'approvals'),
    ],
    methods: [
      proxyMethod('POST', 'halt', {
        RequestValidatorId: 'everything',
        RequestModels: { 'application/json': 'HaltRequest' },
        RequestParameters: { 'method.request.header.Authorization': true },
      }),
      proxyMethod('GET', 'incident'),
      proxyMethod('GET', 'latest'),
      proxyMethod('POST', 'approvals', { AuthorizationType: 'AWS_IAM' }),
    ],
    models: [
      {
        id: 'HaltRequest',
        properties: {
          Name: 'HaltRequest',
          ContentType: 'application/json',
          Schema: {
            $schema: 'http://json-schema.org/draft-04/schema#',
            type: 'object',
            required: ['reason'],
            additionalProperties: false,
            properties: {
              reason: { type: 'string', minLength: 3 },
              level: { type: 'integer', minimum: 0, exclusiveMinimum: true },
            },
          },
        },
      },
    ],
    requestValidators: [
      { id: 'everything', properties: { ValidateRequestBody: true, ValidateRequestParameters: true } },
    ],
    gatewayResponses: [],
    stages: [{ id: 'prod', properties: { StageName: 'prod' } }],
    usagePlans: [],
    ...fields,
  };
}

/** Serves an API in front of a function that the test plays. */
export async function startApiGatewayRig(api: RestApiRegistration): Promise<ApiGatewayRig> {
  const events: APIGatewayProxyEvent[] = [];
  const asked: AuthorizationRequest[] = [];
  const denied = new Set<string>();
  const accessLog: string[] = [];
  const gateway = createApiGateway({
    region: 'eu-central-1',
    accountId: '123456789012',
    authorize: (request) => {
      asked.push(request);
      if (denied.has(request.action)) throw new Error(`not authorized to perform: ${request.action}`);
    },
    identityOf: (accessKeyId) => (accessKeyId === operator.accessKeyId ? operator : undefined),
    functions: {
      invoke: async (_arn, payload) => {
        events.push(JSON.parse(payload) as APIGatewayProxyEvent);
        return rig.respond();
      },
      invokeAsync: () => {},
    },
    onAccessLog: (line) => accessLog.push(line),
  });
  await gateway.registerRestApi(api);
  const rig: ApiGatewayRig = {
    gateway,
    url: gateway.urlOf('api1', 'prod'),
    events,
    asked,
    denied,
    accessLog,
    respond: () => answer({ statusCode: 200, body: '{"ok":true}' }),
  };
  return rig;
}

/** What a function returned without failing. */
export function answer(response: unknown): FunctionResult {
  return { payload: JSON.stringify(response) };
}

/** Node's hash behind the interface that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined ? createHash('sha256') : createHmac('sha256', key as string | NodeJS.ArrayBufferView);
  }

  update(data: Uint8Array | string) {
    this.#hash.update(data);
  }

  async digest() {
    return new Uint8Array(this.#hash.digest());
  }

  reset() {}
}

/** Sends a request that is signed for the API; `sent` replaces headers and body after the signature. */
export async function sendSigned(
  url: string,
  body: string,
  options: {
    secretAccessKey?: string;
    service?: string;
    signingDate?: Date;
    sent?: { headers?: (signed: Record<string, string>) => Record<string, string>; body?: string };
  } = {},
): Promise<Response> {
  const { hostname, port, pathname, host } = new URL(url);
  const signer = new SignatureV4({
    service: options.service ?? 'execute-api',
    region: 'eu-central-1',
    sha256: Sha256,
    credentials: {
      accessKeyId: operator.accessKeyId,
      secretAccessKey: options.secretAccessKey ?? operator.secretAccessKey,
    },
  });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: pathname,
      headers: { host, 'content-type': 'application/json' },
      body,
    },
    { signingDate: options.signingDate ?? new Date() },
  );
  const { host: _host, ...headers } = signed.headers;
  return fetch(url, {
    method: 'POST',
    headers: { ...headers, ...options.sent?.headers?.(headers) },
    body: options.sent?.body ?? body,
  });
}
