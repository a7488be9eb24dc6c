import type { Authorizer } from '../front-door/authorizer.ts';
import type { FunctionDefinition } from '../lambda-host/function-definition.ts';
import type { Registrars, ResourceProperties } from './registrars.ts';

/** A resource whose intrinsic functions are resolved. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: ResourceProperties;
}

/** What a created resource answers to `Ref` and `Fn::GetAtt`. */
export interface CreatedResource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes the functions of the template; the Lambda host does. */
interface FunctionRegistrar {
  register(definition: FunctionDefinition): void;
  onAsyncFailure(functionArn: string, handling: NonNullable<FunctionDefinition['onAsyncFailure']>): void;
}

/** Addresses of the stand-ins in which the deployer creates resources itself. */
interface ResourceStandIns {
  readonly dynamodb: string;
  readonly sns: string;
  readonly sqs: string;
  readonly s3: string;
}

/** What a resource type has at hand to create a resource. */
export interface DeploymentContext {
  readonly accountId: string;
  readonly region: string;
  readonly stackName: string;
  /** Address of the front door, through which functions reach queues by their URL. */
  readonly endpointUrl: string;
  readonly standIns: ResourceStandIns;
  readonly authorizer: Authorizer;
  readonly functions: FunctionRegistrar;
  readonly registrars: Registrars;
  readonly inventory: DeploymentInventory;
  assetDirectory(objectKey: string): string;
  /** Runs when all resources are created: for checks that need the others, and for parts that make up a whole. */
  finally(step: () => void | Promise<void>): void;
}

/** What the deployment learns that other stand-ins need to know. */
export interface DeploymentInventory {
  /** ARN of a key by its alias name, id or ARN. */
  readonly keys: Map<string, string>;
  /** ARN of a secret by its name. */
  readonly secrets: Map<string, string>;
  /** Addresses and domains that SES may send from. */
  readonly mailIdentities: Set<string>;
  /** By security group: the groups whose members may connect. */
  readonly securityGroups: Map<string, { readonly allowedSourceGroups: string[] }>;
  /** Security groups of functions that run in the VPC, by name of the function. */
  readonly functionGroups: Map<string, readonly string[]>;
  /** Services (by signing name) that the VPC of the template reaches without the internet. */
  readonly vpcEndpoints: Set<string>;
  /** Documents of the template's managed policies, by ARN. */
  readonly managedPolicies: Map<string, unknown>;
}

/** How one type of resource is created on the laptop. */
export interface ResourceType {
  readonly type: string;
  /** Properties that are used or that mean nothing here. Any other is refused by name. */
  readonly properties: readonly string[];
  create(resource: Resource, context: DeploymentContext): CreatedResource | Promise<CreatedResource>;
}

/** `arn:aws:<service>:<region>:<account>:<resource>` */
export function arnIn(context: DeploymentContext, service: string, resource: string): string {
  return `arn:aws:${service}:${context.region}:${context.accountId}:${resource}`;
}
