import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalText, recordList, text } from '../property-reader.ts';
import type { EventTarget, ResourceProperties, TargetRetryPolicy } from '../registrars.ts';
import { arnIn, type DeploymentContext, type Resource, type ResourceType } from '../resource-type.ts';

/** AWS::Events::Rule on the default bus. */
export const eventRule: ResourceType = {
  type: 'AWS::Events::Rule',
  properties: [
    'Name',
    'Description',
    'EventBusName',
    'EventPattern',
    'RoleArn',
    'ScheduleExpression',
    'State',
    'Targets',
    'Tags',
  ],
  async create(resource, context) {
    if ((optionalText(resource, 'EventBusName') ?? 'default') !== 'default') {
      throw invalid('EventBusName', 'the laptop has the default bus only');
    }
    const name = optionalText(resource, 'Name') ?? physicalName(resource, context, 64);
    const arn = arnIn(context, 'events', `rule/${name}`);
    const eventPattern = at(resource, 'EventPattern') as ResourceProperties | undefined;
    const scheduleExpression = optionalText(resource, 'ScheduleExpression');
    await context.registrars.eventRules.registerRule({
      name,
      arn,
      enabled: isEnabled(resource),
      ...(eventPattern && { eventPattern }),
      ...(scheduleExpression && { scheduleExpression }),
      targets: recordList(resource, 'Targets').map((properties) =>
        ruleTarget({ ...resource, properties }, context),
      ),
    });
    return { ref: name, attributes: { Arn: arn } };
  },
};

/** AWS::Scheduler::Schedule */
export const schedule: ResourceType = {
  type: 'AWS::Scheduler::Schedule',
  properties: [
    'Name',
    'GroupName',
    'Description',
    'FlexibleTimeWindow',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'State',
    'Target',
    'KmsKeyArn',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'Name') ?? physicalName(resource, context, 64);
    const arn = arnIn(
      context,
      'scheduler',
      `schedule/${optionalText(resource, 'GroupName') ?? 'default'}/${name}`,
    );
    const target: Resource = {
      ...resource,
      properties: (at(resource, 'Target') ?? {}) as ResourceProperties,
    };
    const roleArn = text(target, 'RoleArn');
    context.authorizer.requireAssumable(roleArn, 'scheduler.amazonaws.com');
    await context.registrars.schedules.registerSchedule({
      name,
      arn,
      enabled: isEnabled(resource),
      scheduleExpression: text(resource, 'ScheduleExpression'),
      target: { arn: text(target, 'Arn'), roleArn, ...deliveryOf(target) },
    });
    return { ref: name, attributes: { Arn: arn } };
  },
};

const targetProperties = new Set([
  'Id',
  'Arn',
  'RoleArn',
  'Input',
  'InputPath',
  'InputTransformer',
  'RetryPolicy',
  'DeadLetterConfig',
]);

function ruleTarget(target: Resource, context: DeploymentContext): EventTarget {
  const unknown = Object.keys(target.properties).find((property) => !targetProperties.has(property));
  if (unknown) {
    throw invalid(`Targets.${unknown}`, 'is not delivered on the laptop');
  }
  const roleArn = optionalText(target, 'RoleArn');
  if (roleArn) {
    context.authorizer.requireAssumable(roleArn, 'events.amazonaws.com');
  }
  const inputPath = optionalText(target, 'InputPath');
  const template = optionalText(target, 'InputTransformer.InputTemplate');
  const paths = (at(target, 'InputTransformer.InputPathsMap') ?? {}) as Record<string, string>;
  return {
    id: text(target, 'Id'),
    arn: text(target, 'Arn'),
    ...(roleArn && { roleArn }),
    ...(inputPath && { inputPath }),
    ...(template && { inputTransformer: { inputPathsMap: paths, inputTemplate: template } }),
    ...deliveryOf(target),
  };
}

function deliveryOf(target: Resource) {
  const input = optionalText(target, 'Input');
  const deadLetterQueueArn = optionalText(target, 'DeadLetterConfig.Arn');
  const retryPolicy = retryPolicyOf(target);
  return {
    ...(input && { input }),
    ...(retryPolicy && { retryPolicy }),
    ...(deadLetterQueueArn && { deadLetterQueueArn }),
  };
}

function retryPolicyOf(target: Resource): TargetRetryPolicy | undefined {
  const policy = at(target, 'RetryPolicy') as Record<string, unknown> | undefined;
  if (!policy) {
    return undefined;
  }
  const { MaximumRetryAttempts: attempts, MaximumEventAgeInSeconds: age } = policy;
  return {
    ...(attempts !== undefined && { maximumRetryAttempts: Number(attempts) }),
    ...(age !== undefined && { maximumEventAgeSeconds: Number(age) }),
  };
}

function isEnabled(resource: Resource): boolean {
  return (optionalText(resource, 'State') ?? 'ENABLED') !== 'DISABLED';
}
