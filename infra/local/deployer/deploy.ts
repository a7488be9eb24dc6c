import type { CloudAssembly } from './cloud-assembly.ts';
import { dependencyOrder } from './dependency-order.ts';
import { type ReferenceLookup, resolveIntrinsics } from './intrinsics.ts';
import { physicalName } from './physical-name.ts';
import type { ResourceProperties } from './registrars.ts';
import type { CreatedResource, DeploymentContext, DeploymentInventory, Resource } from './resource-type.ts';
import { ignoredTypes } from './resources/ignored-types.ts';
import { resourceTypes } from './resources/resource-types.ts';

export type DeployOptions = Omit<
  DeploymentContext,
  'stackName' | 'inventory' | 'assetDirectory' | 'finally'
> & {
  readonly assembly: CloudAssembly;
  /** Values of template parameters instead of their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
};

/** What was deployed. */
export interface Deployment {
  readonly stackName: string;
  /** What `Ref` and `Fn::GetAtt` give, by logical id. */
  readonly resources: ReadonlyMap<string, CreatedResource & { readonly type: string }>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly inventory: DeploymentInventory;
}

/** The template has a resource of a type that is neither created nor ignored on the laptop. */
class UnknownResourceType extends Error {
  override readonly name = 'UnknownResourceType';
}

/** A resource has a property that the laptop neither honours nor knows to mean nothing. */
class UnknownProperty extends Error {
  override readonly name = 'UnknownProperty';
}

/** A resource could not be created; `cause` says why. */
class DeploymentFailed extends Error {
  override readonly name = 'DeploymentFailed';
}

const ignored = new Map(ignoredTypes.map((type) => [type.type, type]));

/**
 * Creates every resource of the template on the laptop, each after those that it refers to.
 * @throws UnknownResourceType before anything is created; DependencyCycle; DeploymentFailed naming the resource.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { template, stackName } = options.assembly;
  refuseUnknownTypes(options.assembly);
  const resources = new Map<string, CreatedResource & { readonly type: string }>();
  const lookup = lookupOf(options, resources);
  const lastSteps: { readonly logicalId: string; readonly run: () => void | Promise<void> }[] = [];
  const inventory = emptyInventory();

  // One context for all, so that resource types can tell deployments apart.
  let current = '';
  const context: DeploymentContext = {
    ...options,
    stackName,
    inventory,
    assetDirectory: (objectKey) => options.assembly.assetDirectory(objectKey),
    finally: (run) => {
      lastSteps.push({ logicalId: current, run });
    },
  };

  for (const logicalId of dependencyOrder(template)) {
    current = logicalId;
    const type = template.Resources[logicalId]?.Type ?? '';
    const created = await named(logicalId, type, () => {
      const properties = resolveIntrinsics(template.Resources[logicalId]?.Properties ?? {}, lookup);
      return create({ logicalId, type, properties: properties as ResourceProperties }, context);
    });
    resources.set(logicalId, { ...created, type });
  }
  for (const { logicalId, run } of lastSteps) {
    await named(logicalId, resources.get(logicalId)?.type ?? '', run);
  }
  return { stackName, resources, inventory, outputs: outputsOf(options.assembly, lookup) };
}

async function create(resource: Resource, context: DeploymentContext): Promise<CreatedResource> {
  const type = resourceTypes.get(resource.type);
  if (!type) {
    const describe = ignored.get(resource.type)?.describe;
    return describe?.(resource, context) ?? { ref: physicalName(resource, context, 64), attributes: {} };
  }
  const unknown = Object.keys(resource.properties).find((property) => !type.properties.includes(property));
  if (unknown) {
    throw new UnknownProperty(`${unknown}: the laptop does not know this property`);
  }
  return type.create(resource, context);
}

function refuseUnknownTypes(assembly: CloudAssembly): void {
  for (const [logicalId, { Type: type }] of Object.entries(assembly.template.Resources)) {
    if (!resourceTypes.has(type) && !ignored.has(type)) {
      throw new UnknownResourceType(
        `${logicalId}: resources of type ${type} are neither created nor ignored on the laptop`,
      );
    }
  }
}

function lookupOf(options: DeployOptions, resources: ReadonlyMap<string, CreatedResource>): ReferenceLookup {
  const { template, stackName } = options.assembly;
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': options.accountId,
    'AWS::Region': options.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${options.region}:${options.accountId}:stack/${stackName}/laptop`,
  };
  const parameter = (name: string) => {
    const declared = template.Parameters?.[name];
    // The default of an SSM parameter is the name of the parameter, not its value.
    return declared?.Type.startsWith('AWS::SSM::')
      ? undefined
      : (options.parameters?.[name] ?? declared?.Default);
  };
  return {
    ref: (logicalId) => pseudo[logicalId] ?? resources.get(logicalId)?.ref ?? parameter(logicalId),
    attribute: (logicalId, attribute) => resources.get(logicalId)?.attributes[attribute],
  };
}

function outputsOf(assembly: CloudAssembly, lookup: ReferenceLookup): Record<string, string> {
  return Object.fromEntries(
    Object.entries(assembly.template.Outputs ?? {}).map(([name, { Value: value }]) => [
      name,
      String(resolveIntrinsics(value, lookup)),
    ]),
  );
}

async function named<Result>(
  logicalId: string,
  type: string,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new DeploymentFailed(`${logicalId} (${type}): ${name}: ${message}`, { cause });
  }
}

function emptyInventory(): DeploymentInventory {
  return {
    keys: new Map(),
    secrets: new Map(),
    mailIdentities: new Set(),
    securityGroups: new Map(),
    functionGroups: new Map(),
    vpcEndpoints: new Set(),
    managedPolicies: new Map(),
  };
}
