import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalNumber, optionalText, text, textList } from '../property-reader.ts';
import { arnIn, type DeploymentContext, type Resource, type ResourceType } from '../resource-type.ts';
import { requireFunctionPermissions } from '../service-permissions.ts';

/** AWS::Lambda::Function, as a Node.js bundle from an asset. */
export const lambdaFunction: ResourceType = {
  type: 'AWS::Lambda::Function',
  properties: [
    'FunctionName',
    'Code',
    'Handler',
    'Runtime',
    'Role',
    'MemorySize',
    'Timeout',
    'Environment',
    'ReservedConcurrentExecutions',
    'DeadLetterConfig',
    'LoggingConfig',
    'TracingConfig',
    'VpcConfig',
    'Architectures',
    'Description',
    'EphemeralStorage',
    'KmsKeyArn',
    'RecursiveLoop',
    'Tags',
  ],
  create(resource, context) {
    requireNodeRuntime(resource);
    const name = optionalText(resource, 'FunctionName') ?? physicalName(resource, context, 64);
    const arn = arnIn(context, 'lambda', `function:${name}`);
    const roleArn = text(resource, 'Role');
    const logGroupName = optionalText(resource, 'LoggingConfig.LogGroup') ?? `/aws/lambda/${name}`;
    const reserved = optionalNumber(resource, 'ReservedConcurrentExecutions');
    const deadLetterArn = optionalText(resource, 'DeadLetterConfig.TargetArn');
    const groups = textList(resource, 'VpcConfig.SecurityGroupIds');
    context.authorizer.requireAssumable(roleArn, 'lambda.amazonaws.com');
    context.functions.register({
      name,
      arn,
      roleArn,
      codeDirectory: context.assetDirectory(text(resource, 'Code.S3Key')),
      handler: text(resource, 'Handler'),
      memoryMegabytes: optionalNumber(resource, 'MemorySize') ?? 128,
      timeoutSeconds: optionalNumber(resource, 'Timeout') ?? 3,
      environment: environmentOf(resource),
      logGroupName,
      logFormat: optionalText(resource, 'LoggingConfig.LogFormat') === 'JSON' ? 'JSON' : 'Text',
      ...(reserved !== undefined && { reservedConcurrency: reserved }),
      ...(deadLetterArn && { onAsyncFailure: { deadLetterArn } }),
    });
    if (groups.length > 0) {
      context.inventory.functionGroups.set(name, groups);
    }
    context.finally(() =>
      requireFunctionPermissions(context, {
        roleArn,
        logGroupName,
        inVpc: groups.length > 0,
        traced: optionalText(resource, 'TracingConfig.Mode') === 'Active',
        ...(deadLetterArn && { failureTargetArn: deadLetterArn }),
      }),
    );
    return { ref: name, attributes: { Arn: arn } };
  },
};

/** AWS::Lambda::EventInvokeConfig */
export const eventInvokeConfig: ResourceType = {
  type: 'AWS::Lambda::EventInvokeConfig',
  properties: [
    'FunctionName',
    'Qualifier',
    'MaximumRetryAttempts',
    'MaximumEventAgeInSeconds',
    'DestinationConfig',
  ],
  create(resource, context) {
    if (at(resource, 'DestinationConfig.OnSuccess') !== undefined) {
      throw invalid('DestinationConfig.OnSuccess', 'is not delivered on the laptop');
    }
    const arn = functionArn(context, text(resource, 'FunctionName'));
    const retries = optionalNumber(resource, 'MaximumRetryAttempts');
    const destinationArn = optionalText(resource, 'DestinationConfig.OnFailure.Destination');
    context.functions.onAsyncFailure(arn, {
      ...(retries !== undefined && { maximumRetryAttempts: retries }),
      ...(destinationArn && { destinationArn }),
    });
    return { ref: resource.logicalId, attributes: {} };
  },
};

/** AWS::Lambda::Permission: lets a service invoke the function. */
export const permission: ResourceType = {
  type: 'AWS::Lambda::Permission',
  properties: ['Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount'],
  create(resource, context) {
    const arn = functionArn(context, text(resource, 'FunctionName'));
    const principal = text(resource, 'Principal');
    const sourceArn = optionalText(resource, 'SourceArn');
    const sourceAccount = optionalText(resource, 'SourceAccount');
    context.authorizer.attachResourcePolicy(arn, resource.logicalId, {
      Statement: {
        Effect: 'Allow',
        Principal: principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal },
        Action: text(resource, 'Action'),
        Resource: arn,
        Condition: {
          ...(sourceArn && { ArnLike: { 'aws:SourceArn': sourceArn } }),
          ...(sourceAccount && { StringEquals: { 'aws:SourceAccount': sourceAccount } }),
        },
      },
    });
    return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
  },
};

function requireNodeRuntime(resource: Resource): void {
  const runtime = text(resource, 'Runtime');
  if (!runtime.startsWith('nodejs')) {
    throw invalid('Runtime', `"${runtime}" does not run on the laptop`);
  }
}

function environmentOf(resource: Resource): Record<string, string> {
  const variables = (at(resource, 'Environment.Variables') ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

function functionArn(context: DeploymentContext, nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : arnIn(context, 'lambda', `function:${nameOrArn}`);
}
