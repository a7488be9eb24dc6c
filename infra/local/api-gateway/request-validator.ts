import AjvDraft04 from 'ajv-draft-04';
import type { RestApiPart, RestApiRegistration } from '../deployer/registrars.ts';
import type { GatewayRequest } from './gateway-request.ts';
import { Rejection } from './rejection.ts';
import { UnsupportedRestApi } from './unsupported-api.ts';

/** Checks a request before it reaches the function. @throws Rejection `BAD_REQUEST_BODY`, `BAD_REQUEST_PARAMETERS` */
export type RequestValidator = (request: GatewayRequest) => void;

type BodyCheck = (body: unknown) => string | undefined;

/** The checks that a method asks for: its required parameters and the model of its body. @throws UnsupportedRestApi */
export function requestValidator(method: RestApiPart, api: RestApiRegistration): RequestValidator {
  const { RequestValidatorId, RequestParameters, RequestModels } = method.properties;
  if (RequestValidatorId === undefined) return () => {};
  const validator = api.requestValidators.find(({ id }) => id === RequestValidatorId)?.properties;
  if (validator === undefined) {
    throw new UnsupportedRestApi(
      `method ${method.id}`,
      `there is no request validator '${RequestValidatorId}'`,
    );
  }
  const required = isTrue(validator.ValidateRequestParameters)
    ? requiredParameters((RequestParameters ?? {}) as Record<string, unknown>)
    : [];
  const models = isTrue(validator.ValidateRequestBody)
    ? bodyChecks((RequestModels ?? {}) as Record<string, string>, api.models)
    : new Map<string, BodyCheck>();
  return (request) => {
    checkParameters(required, request);
    checkBody(models, request);
  };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

interface RequiredParameter {
  readonly place: string;
  readonly name: string;
}

function requiredParameters(parameters: Record<string, unknown>): readonly RequiredParameter[] {
  return Object.entries(parameters)
    .filter(([, isRequired]) => isTrue(isRequired))
    .map(([parameter]) => {
      const [, place, name] = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(parameter) ?? [];
      if (place === undefined || name === undefined) {
        throw new UnsupportedRestApi('request parameters', `'${parameter}' is not supported`);
      }
      return { place, name };
    });
}

function checkParameters(required: readonly RequiredParameter[], request: GatewayRequest) {
  const missing = required.filter(({ place, name }) => !hasParameter(place, name, request));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  throw new Rejection('BAD_REQUEST_PARAMETERS', `Missing required request parameters: [${names}]`);
}

function hasParameter(place: string, name: string, request: GatewayRequest): boolean {
  if (place === 'header') return (request.header(name) ?? '') !== '';
  if (place === 'querystring') return (request.query.get(name) ?? '') !== '';
  return (request.pathParameters[name] ?? '') !== '';
}

function bodyChecks(
  requestModels: Record<string, string>,
  models: readonly RestApiPart[],
): Map<string, BodyCheck> {
  return new Map(
    Object.entries(requestModels).map(([contentType, modelName]) => {
      const model = models.find(({ id, properties }) => id === modelName || properties.Name === modelName);
      if (model === undefined) {
        throw new UnsupportedRestApi('request models', `there is no model '${modelName}'`);
      }
      return [contentType, bodyCheck(modelName, model)];
    }),
  );
}

function bodyCheck(name: string, model: RestApiPart): BodyCheck {
  const { Schema } = model.properties;
  const schema = (typeof Schema === 'string' ? JSON.parse(Schema) : Schema) as object;
  const ajv = new AjvDraft04.default({ allErrors: true, strict: false, logger: false });
  try {
    const validate = ajv.compile(schema);
    return (body) =>
      validate(body)
        ? undefined
        : `[${(validate.errors ?? []).map((error) => `${error.instancePath || '/'}: ${error.message}`).join(', ')}]`;
  } catch (error) {
    throw new UnsupportedRestApi(`model ${name}`, (error as Error).message);
  }
}

function checkBody(models: Map<string, BodyCheck>, request: GatewayRequest) {
  if (models.size === 0) return;
  const contentType = (request.header('content-type') ?? 'application/json').split(';')[0]?.trim() ?? '';
  // As in AWS, a content type without a model is not validated: the function must do so.
  const check = models.get(contentType) ?? models.get('$default');
  if (check === undefined) return;
  const validationError = check(parse(request.body.toString('utf8')));
  if (validationError === undefined) return;
  throw new Rejection('BAD_REQUEST_BODY', 'Invalid request body', validationError);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Rejection('BAD_REQUEST_BODY', 'Invalid request body', '[the body is not JSON]');
  }
}
