import type { RestApiPart } from '../deployer/registrars.ts';
import { type ContextValues, contextVariables, fillContext } from './context-template.ts';
import { type Rejection, type RejectionType, usualAnswers } from './rejection.ts';
import { UnsupportedRestApi } from './unsupported-api.ts';

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

interface Customized {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly template: string;
}

const defaultTemplate = '{"message":$context.error.messageString}';
const knownVariables = new Set([
  'apiId',
  'error.message',
  'error.messageString',
  'error.responseType',
  'error.validationErrorString',
  'extendedRequestId',
  'httpMethod',
  'identity.sourceIp',
  'path',
  'requestId',
  'resourcePath',
  'stage',
]);

/** The answers that API Gateway gives by itself, customized by AWS::ApiGateway::GatewayResponse. */
export class GatewayResponses {
  readonly #customized: ReadonlyMap<string, Customized>;

  /** @throws UnsupportedRestApi for a template with more than `$context` variables that the laptop knows */
  constructor(parts: readonly RestApiPart[]) {
    this.#customized = new Map(
      parts.map(({ properties }) => [String(properties.ResponseType), customize(properties)]),
    );
  }

  answer(rejection: Rejection, context: ContextValues): HttpAnswer {
    const usual = usualAnswers[rejection.type];
    const customized =
      this.#customized.get(rejection.type) ??
      this.#customized.get(usual.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const values = {
      ...context,
      'error.message': rejection.message,
      'error.messageString': JSON.stringify(rejection.message),
      'error.responseType': rejection.type satisfies RejectionType,
      'error.validationErrorString': rejection.validationError,
    };
    return {
      status: customized?.status ?? usual.status,
      headers: {
        'content-type': customized?.contentType ?? 'application/json',
        'x-amzn-ErrorType': usual.errorType,
        ...customized?.headers,
      },
      body: fillContext(customized?.template ?? defaultTemplate, values, ''),
    };
  }
}

function customize(properties: RestApiPart['properties']): Customized {
  const type = String(properties.ResponseType);
  const templates = (properties.ResponseTemplates ?? {}) as Record<string, string>;
  const [contentType = 'application/json', template = defaultTemplate] =
    Object.entries(templates).find(([key]) => key === 'application/json') ??
    Object.entries(templates)[0] ??
    [];
  const variables = contextVariables(template);
  const unknown = variables.find((name) => !knownVariables.has(name));
  if (unknown !== undefined || template.replaceAll(/\$context\./g, '').includes('$')) {
    throw new UnsupportedRestApi(
      `gateway response ${type}`,
      `the laptop does not fill ${unknown === undefined ? 'this template' : `$context.${unknown}`}`,
    );
  }
  return {
    ...(properties.StatusCode === undefined ? {} : { status: Number(properties.StatusCode) }),
    headers: headersOf(type, (properties.ResponseParameters ?? {}) as Record<string, string>),
    contentType,
    template,
  };
}

function headersOf(type: string, parameters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([parameter, value]) => {
      const header = /^gatewayresponse\.header\.(.+)$/.exec(parameter)?.[1];
      const constant = /^'(.*)'$/.exec(value)?.[1];
      if (header === undefined || constant === undefined) {
        throw new UnsupportedRestApi(
          `gateway response ${type}`,
          `only constant headers are supported, not ${parameter}`,
        );
      }
      return [header.toLowerCase() === 'content-type' ? 'content-type' : header, constant];
    }),
  );
}
