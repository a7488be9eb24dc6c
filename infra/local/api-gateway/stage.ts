import type {
  Authorize,
  FunctionInvoker,
  FunctionResult,
  ResourceProperties,
} from '../deployer/registrars.ts';
import type { WireRequest } from '../front-door/signature.ts';
import { type AccessKeyOwner, callerIdentity } from './caller-identity.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { HttpAnswer } from './gateway-responses.ts';
import { proxyEvent } from './proxy-event.ts';
import { proxyResponse } from './proxy-response.ts';
import { Rejection } from './rejection.ts';
import { Throttle } from './throttle.ts';

export interface StageServices {
  readonly region: string;
  readonly accountId: string;
  readonly functions: FunctionInvoker;
  readonly authorize: Authorize;
  /** Finds the owner of an access key. */
  readonly identityOf: (accessKeyId: string) => AccessKeyOwner | undefined;
}

/** What became of a request, for the access log. */
export interface Served {
  readonly answer: HttpAnswer;
  readonly caller?: AccessKeyOwner;
  readonly integrationMillis?: number;
}

/** A stage of a REST API: authorization, throttling, validation and integration, in the order of API Gateway. */
export class Stage {
  readonly name: string;
  /** Format of the access log, if the stage keeps one. */
  readonly accessLogFormat: string | undefined;
  readonly #apiId: string;
  readonly #services: StageServices;
  readonly #throttle: Throttle;
  readonly #variables: Readonly<Record<string, string>> | undefined;

  constructor(apiId: string, properties: ResourceProperties, services: StageServices) {
    this.name = String(properties.StageName);
    const { Format } = (properties.AccessLogSetting ?? {}) as { Format?: string };
    this.accessLogFormat = Format;
    this.#apiId = apiId;
    this.#services = services;
    this.#throttle = new Throttle(properties);
    this.#variables = properties.Variables as Record<string, string> | undefined;
  }

  /** @throws Rejection for whatever API Gateway answers by itself */
  async serve(request: GatewayRequest, wire: WireRequest): Promise<Served> {
    const { method } = request;
    const caller = method.requiresIam ? this.#authorizedCaller(request, wire) : undefined;
    if (!this.#throttle.admits(method, Date.now())) throw new Rejection('THROTTLED', 'Too Many Requests');
    method.validate(request);
    const startedMillis = Date.now();
    const result = await this.#invoke(request, caller);
    const integrationMillis = Date.now() - startedMillis;
    if (result.functionError !== undefined) throw new Rejection('DEFAULT_5XX', 'Internal server error');
    return {
      answer: proxyResponse(result.payload),
      integrationMillis,
      ...(caller === undefined ? {} : { caller }),
    };
  }

  #authorizedCaller(request: GatewayRequest, wire: WireRequest): AccessKeyOwner {
    const caller = callerIdentity(wire, request.body, this.#services.identityOf, new Date());
    try {
      this.#services.authorize({
        principal: caller.principalArn,
        action: 'execute-api:Invoke',
        resource: this.#arnOf(request.httpMethod, request.path),
      });
    } catch (error) {
      throw new Rejection('ACCESS_DENIED', (error as Error).message);
    }
    return caller;
  }

  async #invoke(request: GatewayRequest, caller: AccessKeyOwner | undefined): Promise<FunctionResult> {
    const { method } = request;
    const api = { apiId: this.#apiId, accountId: this.#services.accountId };
    const event = proxyEvent(request, api, this.#variables, caller);
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Rejection('INTEGRATION_TIMEOUT', 'Endpoint request timed out')),
      method.timeoutMillis,
    );
    try {
      this.#services.authorize({
        principal: 'apigateway.amazonaws.com',
        action: 'lambda:InvokeFunction',
        resource: method.functionArn,
        sourceArn: this.#arnOf(request.httpMethod, method.resourcePath),
      });
      const invocation = this.#services.functions.invoke(method.functionArn, JSON.stringify(event));
      return await Promise.race([invocation, timeout]);
    } catch (error) {
      if (error instanceof Rejection) throw error;
      throw new Rejection('API_CONFIGURATION_ERROR', 'Internal server error');
    } finally {
      clearTimeout(timer);
    }
  }

  #arnOf(httpMethod: string, path: string): string {
    const { region, accountId } = this.#services;
    return `arn:aws:execute-api:${region}:${accountId}:${this.#apiId}/${this.name}/${httpMethod}${path}`;
  }
}
