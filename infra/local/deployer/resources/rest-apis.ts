import { physicalId } from '../physical-name.ts';
import { optionalText, text } from '../property-reader.ts';
import type { RestApiPart, RestApiRegistration } from '../registrars.ts';
import type { DeploymentContext, Resource, ResourceType } from '../resource-type.ts';

type Parts = Exclude<keyof RestApiRegistration, 'id' | 'rootResourceId' | 'properties'>;
type ApiUnderConstruction = Omit<RestApiRegistration, Parts> & Record<Parts, RestApiPart[]>;

/** APIs whose parts are still being created, by deployment. */
const underConstruction = new WeakMap<DeploymentContext, Map<string, ApiUnderConstruction>>();

/** AWS::ApiGateway::RestApi: handed to the stand-in with all its parts when everything is created. */
export const restApi: ResourceType = {
  type: 'AWS::ApiGateway::RestApi',
  properties: [
    'ApiKeySourceType',
    'Description',
    'DisableExecuteApiEndpoint',
    'EndpointConfiguration',
    'MinimumCompressionSize',
    'Name',
    'Policy',
    'SecurityPolicy',
    'Tags',
  ],
  create(resource, context) {
    const id = physicalId(resource, context, 10);
    const rootResourceId = `${id.slice(0, 9)}r`;
    const api: ApiUnderConstruction = {
      id,
      rootResourceId,
      properties: resource.properties,
      resources: [],
      methods: [],
      models: [],
      requestValidators: [],
      gatewayResponses: [],
      stages: [],
      usagePlans: [],
    };
    apis(context).set(id, api);
    context.finally(() => context.registrars.restApis.registerRestApi(api));
    return { ref: id, attributes: { RestApiId: id, RootResourceId: rootResourceId } };
  },
};

/** The types whose content the stand-in interprets: it refuses what it does not know. */
export const restApiParts: readonly ResourceType[] = [
  part('AWS::ApiGateway::Resource', 'resources', ['ParentId', 'PathPart'], { ResourceId: true }),
  part('AWS::ApiGateway::Method', 'methods', [
    'ApiKeyRequired',
    'AuthorizationScopes',
    'AuthorizationType',
    'HttpMethod',
    'Integration',
    'MethodResponses',
    'OperationName',
    'RequestModels',
    'RequestParameters',
    'RequestValidatorId',
    'ResourceId',
  ]),
  part('AWS::ApiGateway::Model', 'models', ['ContentType', 'Description', 'Name', 'Schema'], {
    named: 'Name',
  }),
  part(
    'AWS::ApiGateway::RequestValidator',
    'requestValidators',
    ['Name', 'ValidateRequestBody', 'ValidateRequestParameters'],
    { RequestValidatorId: true },
  ),
  part('AWS::ApiGateway::GatewayResponse', 'gatewayResponses', [
    'ResponseParameters',
    'ResponseTemplates',
    'ResponseType',
    'StatusCode',
  ]),
  part(
    'AWS::ApiGateway::Stage',
    'stages',
    [
      'AccessLogSetting',
      'CacheClusterEnabled',
      'ClientCertificateId',
      'DeploymentId',
      'Description',
      'MethodSettings',
      'StageName',
      'Tags',
      'TracingEnabled',
      'Variables',
    ],
    { named: 'StageName' },
  ),
];

/** AWS::ApiGateway::Deployment: the laptop serves the API as it is. */
export const restApiDeployment: ResourceType = {
  type: 'AWS::ApiGateway::Deployment',
  properties: ['RestApiId', 'Description'],
  create(resource, context) {
    const id = physicalId(resource, context, 6);
    return { ref: id, attributes: { DeploymentId: id } };
  },
};

/** AWS::ApiGateway::UsagePlan, for each API that it names. */
export const usagePlan: ResourceType = {
  type: 'AWS::ApiGateway::UsagePlan',
  properties: ['ApiStages', 'Description', 'Quota', 'Tags', 'Throttle', 'UsagePlanName'],
  create(resource, context) {
    const id = physicalId(resource, context, 6);
    const stages = (resource.properties.ApiStages ?? []) as readonly { readonly ApiId?: string }[];
    for (const stage of stages) {
      apis(context)
        .get(stage.ApiId ?? '')
        ?.usagePlans.push({ id, properties: resource.properties });
    }
    return { ref: id, attributes: { Id: id } };
  },
};

interface PartNaming {
  /** Property whose value `Ref` gives; a made-up id otherwise. */
  readonly named?: string;
  readonly ResourceId?: true;
  readonly RequestValidatorId?: true;
}

function part(
  type: string,
  kind: Parts,
  properties: readonly string[],
  naming: PartNaming = {},
): ResourceType {
  return {
    type,
    properties: ['RestApiId', ...properties],
    create(resource, context) {
      const id = (naming.named && optionalText(resource, naming.named)) || physicalId(resource, context, 6);
      apiOf(resource, context)[kind].push({ id, properties: resource.properties });
      return {
        ref: id,
        attributes: {
          ...(naming.ResourceId && { ResourceId: id }),
          ...(naming.RequestValidatorId && { RequestValidatorId: id }),
        },
      };
    },
  };
}

function apiOf(resource: Resource, context: DeploymentContext): ApiUnderConstruction {
  const api = apis(context).get(text(resource, 'RestApiId'));
  if (!api) {
    throw new Error(
      `${resource.logicalId} (${resource.type}) RestApiId: there is no such API in the template`,
    );
  }
  return api;
}

function apis(context: DeploymentContext): Map<string, ApiUnderConstruction> {
  const known = underConstruction.get(context) ?? new Map<string, ApiUnderConstruction>();
  underConstruction.set(context, known);
  return known;
}
