import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RestApiRegistrar, RestApiRegistration } from '../deployer/registrars.ts';
import { type ContextValues, fillContext } from './context-template.ts';
import { type GatewayRequest, headerOf, newRequestId, readBody } from './gateway-request.ts';
import { GatewayResponses, type HttpAnswer } from './gateway-responses.ts';
import { commonLogTime } from './proxy-event.ts';
import { Rejection } from './rejection.ts';
import { Routes } from './routes.ts';
import { Stage, type StageServices } from './stage.ts';
import { UnsupportedRestApi } from './unsupported-api.ts';

export interface ApiGatewayOptions extends StageServices {
  /** Takes the lines of the access logs. */
  readonly onAccessLog?: (line: string) => void;
}

/** REST APIs of the laptop, each on a free port of 127.0.0.1. */
export interface ApiGateway extends RestApiRegistrar {
  registerRestApi(api: RestApiRegistration): Promise<void>;
  /** `http://127.0.0.1:<port>/<stage>`. @throws UnsupportedRestApi for an API or a stage that is not registered */
  urlOf(apiId: string, stage: string): string;
  close(): Promise<void>;
}

/** No server runs until an API is registered. */
export function createApiGateway(options: ApiGatewayOptions): ApiGateway {
  const running = new Map<string, { readonly api: RestApi; readonly server: Server }>();
  return {
    registerRestApi: async (registration) => {
      const api = new RestApi(registration, options);
      const server = createServer((request, response) => void api.handle(request, response));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      running.set(registration.id, { api, server });
    },
    urlOf: (apiId, stage) => {
      const found = running.get(apiId);
      if (!found?.api.stages.has(stage)) throw new UnsupportedRestApi(apiId, `there is no stage '${stage}'`);
      return `http://127.0.0.1:${(found.server.address() as AddressInfo).port}/${stage}`;
    },
    close: async () => {
      await Promise.all([...running.values()].map(({ server }) => closeServer(server)));
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

class RestApi {
  readonly stages: ReadonlyMap<string, Stage>;
  readonly #id: string;
  readonly #routes: Routes;
  readonly #responses: GatewayResponses;
  readonly #onAccessLog: ((line: string) => void) | undefined;

  constructor(registration: RestApiRegistration, options: ApiGatewayOptions) {
    this.#id = registration.id;
    this.#routes = new Routes(registration);
    this.#responses = new GatewayResponses(registration.gatewayResponses);
    this.stages = new Map(
      registration.stages.map(({ properties }) => [
        String(properties.StageName),
        new Stage(registration.id, properties, options),
      ]),
    );
    this.#onAccessLog = options.onAccessLog;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrival = arrivalOf(request);
    const stage = this.stages.get(arrival.stage);
    const context: Record<string, string | number | undefined> = this.#contextOf(arrival);
    const answer = await this.#serve(arrival, stage, context).catch((error: unknown) => {
      const rejection =
        error instanceof Rejection
          ? error
          : new Rejection('API_CONFIGURATION_ERROR', 'Internal server error');
      context['error.message'] = rejection.message;
      context['error.responseType'] = rejection.type;
      return this.#responses.answer(rejection, context);
    });
    this.#send(response, arrival.requestId, answer);
    this.#log(stage, {
      ...context,
      status: answer.status,
      responseLength: Buffer.byteLength(answer.body),
      responseLatency: Date.now() - arrival.receivedAt.getTime(),
    });
  }

  /** Notes in the context what it learns on the way, so that a rejection has it too. */
  async #serve(
    arrival: Arrival,
    stage: Stage | undefined,
    context: Record<string, string | number | undefined>,
  ): Promise<HttpAnswer> {
    const body = await readBody(arrival.request);
    if (stage === undefined) throw new Rejection('WAF_FILTERED', 'Forbidden');
    const match = this.#routes.match(arrival.httpMethod, arrival.path);
    if (match === undefined) {
      throw new Rejection('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
    }
    context.resourcePath = match.method.resourcePath;
    const { request, ...rest } = arrival;
    const served = await stage.serve(
      { ...rest, ...match, body, header: (name) => headerOf(arrival.rawHeaders, name) },
      { method: arrival.httpMethod, url: request.url ?? '/', headers: request.headers },
    );
    context.integrationLatency = served.integrationMillis;
    context['identity.userArn'] = served.caller?.arn;
    context['identity.accessKey'] = served.caller?.accessKeyId;
    return served.answer;
  }

  #contextOf(arrival: Arrival) {
    return {
      apiId: this.#id,
      extendedRequestId: arrival.requestId,
      httpMethod: arrival.httpMethod,
      'identity.sourceIp': arrival.sourceIp,
      'identity.userAgent': arrival.request.headers['user-agent'],
      path: `/${arrival.stage}${arrival.path}`,
      protocol: arrival.protocol,
      requestId: arrival.requestId,
      requestTime: commonLogTime(arrival.receivedAt),
      requestTimeEpoch: arrival.receivedAt.getTime(),
      stage: arrival.stage,
    };
  }

  #send(response: ServerResponse, requestId: string, answer: HttpAnswer) {
    for (const [name, value] of Object.entries(answer.headers)) {
      response.setHeader(name, typeof value === 'string' ? value : [...value]);
    }
    response.setHeader('x-amzn-RequestId', requestId);
    response.writeHead(answer.status);
    response.end(answer.body);
  }

  #log(stage: Stage | undefined, context: ContextValues) {
    if (stage?.accessLogFormat === undefined) return;
    this.#onAccessLog?.(fillContext(stage.accessLogFormat, context, '-'));
  }
}

/** A request before it has found its method. */
type Arrival = Omit<GatewayRequest, 'method' | 'pathParameters' | 'body' | 'header'> & {
  readonly request: IncomingMessage;
};

function arrivalOf(request: IncomingMessage): Arrival {
  const [, stage = '', path = '/', query = ''] =
    /^\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/.exec(request.url ?? '') ?? [];
  return {
    request,
    requestId: newRequestId(),
    receivedAt: new Date(),
    stage,
    httpMethod: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    rawHeaders: request.rawHeaders,
    sourceIp: request.socket.remoteAddress ?? '',
    protocol: `HTTP/${request.httpVersion}`,
  };
}
