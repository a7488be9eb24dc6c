import type { RestApiPart, RestApiRegistration } from '../deployer/registrars.ts';
import { type RequestValidator, requestValidator } from './request-validator.ts';
import { UnsupportedRestApi } from './unsupported-api.ts';

/** A method of a REST API, ready to serve. */
export interface Method {
  /** As in the template: an HTTP method or `ANY`. */
  readonly httpMethod: string;
  readonly resourceId: string;
  /** With its parameters, e.g. `/incidents/{id}`. */
  readonly resourcePath: string;
  readonly requiresIam: boolean;
  readonly functionArn: string;
  readonly timeoutMillis: number;
  readonly validate: RequestValidator;
}

/** A method that a path has led to. */
export interface RouteMatch {
  readonly method: Method;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly children: Map<string, Node>;
  readonly methods: Map<string, Method>;
}

/** Longest that API Gateway waits for a function unless the quota is raised. */
const defaultTimeoutMillis = 29_000;

/** The tree of resources of a REST API. */
export class Routes {
  readonly #root: Node = { children: new Map(), methods: new Map() };

  /** @throws UnsupportedRestApi for integrations and authorizers that the laptop does not have */
  constructor(api: RestApiRegistration) {
    const paths = resourcePaths(api);
    for (const part of api.methods) {
      const resourceId = String(part.properties.ResourceId);
      const resourcePath = paths.get(resourceId);
      if (resourcePath === undefined) {
        throw new UnsupportedRestApi(`method ${part.id}`, `there is no resource '${resourceId}'`);
      }
      const method = methodOf(part, resourceId, resourcePath, api);
      this.#nodeOf(resourcePath).methods.set(method.httpMethod, method);
    }
  }

  /** The method that serves a path; undefined when there is none. Fixed segments win over parameters. */
  match(httpMethod: string, path: string): RouteMatch | undefined {
    const segments = path.split('/').filter((segment) => segment !== '');
    return matchNode(this.#root, segments, {}, httpMethod);
  }

  #nodeOf(resourcePath: string): Node {
    let node = this.#root;
    for (const segment of resourcePath.split('/').filter((part) => part !== '')) {
      const child = node.children.get(segment) ?? { children: new Map(), methods: new Map() };
      node.children.set(segment, child);
      node = child;
    }
    return node;
  }
}

function matchNode(
  node: Node,
  segments: readonly string[],
  pathParameters: Readonly<Record<string, string>>,
  httpMethod: string,
): RouteMatch | undefined {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    const method = node.methods.get(httpMethod) ?? node.methods.get('ANY');
    return method === undefined ? undefined : { method, pathParameters };
  }
  const fixed = node.children.get(segment);
  const found = fixed === undefined ? undefined : matchNode(fixed, rest, pathParameters, httpMethod);
  if (found !== undefined) return found;
  for (const [name, child] of node.children) {
    const [, parameter, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(name) ?? [];
    if (parameter === undefined) continue;
    const isGreedy = greedy === '+';
    const value = decode(isGreedy ? segments.join('/') : segment);
    const match = matchNode(
      child,
      isGreedy ? [] : rest,
      { ...pathParameters, [parameter]: value },
      httpMethod,
    );
    if (match !== undefined) return match;
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function resourcePaths(api: RestApiRegistration): ReadonlyMap<string, string> {
  const byId = new Map(api.resources.map((resource) => [resource.id, resource]));
  const pathOf = (id: string): string => {
    const resource = byId.get(id);
    if (id === api.rootResourceId || resource === undefined) return '';
    return `${pathOf(String(resource.properties.ParentId))}/${resource.properties.PathPart}`;
  };
  return new Map([
    [api.rootResourceId, '/'],
    ...api.resources.map(({ id }): [string, string] => [id, pathOf(id)]),
  ]);
}

function methodOf(
  part: RestApiPart,
  resourceId: string,
  resourcePath: string,
  api: RestApiRegistration,
): Method {
  const { HttpMethod, AuthorizationType = 'NONE', ApiKeyRequired, Integration } = part.properties;
  const name = `method ${HttpMethod} ${resourcePath}`;
  if (AuthorizationType !== 'NONE' && AuthorizationType !== 'AWS_IAM') {
    throw new UnsupportedRestApi(name, `authorization '${AuthorizationType}' is not supported`);
  }
  if (ApiKeyRequired === true) throw new UnsupportedRestApi(name, 'API keys are not supported');
  const { Type, Uri, TimeoutInMillis } = (Integration ?? {}) as Record<string, unknown>;
  const functionArn = /:lambda:path\/[^/]+\/functions\/(.+)\/invocations$/.exec(String(Uri))?.[1];
  if (Type !== 'AWS_PROXY' || functionArn === undefined) {
    throw new UnsupportedRestApi(name, `only Lambda proxy integrations are supported, not '${Type}'`);
  }
  return {
    httpMethod: String(HttpMethod),
    resourceId,
    resourcePath,
    requiresIam: AuthorizationType === 'AWS_IAM',
    functionArn,
    timeoutMillis: typeof TimeoutInMillis === 'number' ? TimeoutInMillis : defaultTimeoutMillis,
    validate: requestValidator(part, api),
  };
}
