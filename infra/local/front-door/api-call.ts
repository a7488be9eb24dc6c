import type { AccountScope, JsonObject, Permission, RestRequest, Service } from './services/service.ts';
import type { WireRequest } from './signature.ts';

/** A request, understood: which operation it is, what it asks for, and what it needs to be allowed to do. */
export interface ApiCall {
  readonly service: Service;
  readonly operation: string;
  readonly permissions: readonly Permission[];
  /** The parameters as the protocol carries them: an object, or the flat names of a Query form. */
  readonly parameters: JsonObject;
}

/** The front door cannot tell what a request is. Nothing is forwarded that is not understood. */
export class UnknownOperation extends Error {
  override readonly name = 'UnknownOperationException';
}

/** The body is not of the service's protocol. */
export class SerializationError extends Error {
  override readonly name = 'SerializationException';
}

/**
 * Understands a request of a known service.
 * @param body empty for REST-XML operations, whose body is data and is not read here.
 * @throws UnknownOperation naming service and operation; SerializationError.
 */
export function parseApiCall(
  service: Service,
  request: WireRequest,
  body: Buffer,
  scope: AccountScope,
): ApiCall {
  switch (service.protocol) {
    case 'json': {
      const target = request.headers['x-amz-target'];
      const operation = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '';
      const permissions = known(service.operations, operation, service, request);
      const input = parseJson(body);
      return { service, operation, permissions: permissions(input, scope), parameters: input };
    }
    case 'query': {
      const input = new URLSearchParams(body.toString('utf8'));
      const operation = input.get('Action') ?? '';
      const permissions = known(service.operations, operation, service, request);
      return {
        service,
        operation,
        permissions: permissions(input, scope),
        parameters: Object.fromEntries(input),
      };
    }
    case 'rest-json':
    case 'rest-xml': {
      const rest = restRequest(request, service.protocol === 'rest-json' ? parseJson(body) : {});
      const operation = service.operationOf(rest) ?? '';
      const permissions = known(service.operations, operation, service, request);
      const parameters = { ...Object.fromEntries(rest.query), ...rest.body };
      return { service, operation, permissions: permissions(rest, scope), parameters };
    }
  }
}

function known<Operation>(
  operations: Readonly<Record<string, Operation>>,
  operation: string,
  service: Service,
  request: WireRequest,
): Operation {
  const found = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (found === undefined) {
    const what = operation || `${request.method} ${request.url}`;
    throw new UnknownOperation(
      `the front door does not know the operation "${what}" of "${service.signingName}"`,
    );
  }
  return found;
}

function restRequest(request: WireRequest, body: JsonObject): RestRequest {
  const [path = '', query = ''] = request.url.split('?', 2);
  return {
    method: request.method,
    segments: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent),
    query: new URLSearchParams(query),
    body,
  };
}

function parseJson(body: Buffer): JsonObject {
  if (body.length === 0) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch (cause) {
    throw new SerializationError(`the request body is not JSON: ${(cause as Error).message}`, { cause });
  }
}
