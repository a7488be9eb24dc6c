import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalText, recordList, text, textList } from '../property-reader.ts';
import type { DeploymentContext, ResourceType } from '../resource-type.ts';
import { awsManagedPolicies } from './aws-managed-policies.ts';

/** AWS::IAM::Role */
export const role: ResourceType = {
  type: 'AWS::IAM::Role',
  properties: [
    'RoleName',
    'AssumeRolePolicyDocument',
    'Policies',
    'ManagedPolicyArns',
    'Description',
    'MaxSessionDuration',
    'Tags',
  ],
  create(resource, context) {
    const name = optionalText(resource, 'RoleName') ?? physicalName(resource, context, 64);
    const arn = roleArn(context, name);
    context.authorizer.trust(arn, resource.logicalId, at(resource, 'AssumeRolePolicyDocument'));
    for (const policy of recordList(resource, 'Policies')) {
      const label = `${resource.logicalId}.${policy.PolicyName}`;
      context.authorizer.attachPolicy(arn, label, policy.PolicyDocument);
    }
    for (const managed of textList(resource, 'ManagedPolicyArns')) {
      context.authorizer.attachPolicy(arn, managed, managedPolicy(managed, context));
    }
    return { ref: name, attributes: { Arn: arn, RoleId: name } };
  },
};

/** AWS::IAM::Policy */
export const policy: ResourceType = {
  type: 'AWS::IAM::Policy',
  properties: ['PolicyName', 'PolicyDocument', 'Roles'],
  create(resource, context) {
    for (const name of textList(resource, 'Roles')) {
      context.authorizer.attachPolicy(
        roleArn(context, name),
        resource.logicalId,
        at(resource, 'PolicyDocument'),
      );
    }
    return { ref: text(resource, 'PolicyName'), attributes: { Id: resource.logicalId } };
  },
};

/** AWS::IAM::ManagedPolicy of the template itself. */
export const managedPolicyType: ResourceType = {
  type: 'AWS::IAM::ManagedPolicy',
  properties: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Description', 'Path'],
  create(resource, context) {
    const name = optionalText(resource, 'ManagedPolicyName') ?? physicalName(resource, context, 128);
    const path = optionalText(resource, 'Path') ?? '/';
    const arn = `arn:aws:iam::${context.accountId}:policy${path}${name}`;
    const document = at(resource, 'PolicyDocument');
    context.inventory.managedPolicies.set(arn, document);
    for (const roleName of textList(resource, 'Roles')) {
      context.authorizer.attachPolicy(roleArn(context, roleName), resource.logicalId, document);
    }
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
};

function roleArn(context: DeploymentContext, name: string): string {
  return `arn:aws:iam::${context.accountId}:role/${name}`;
}

function managedPolicy(arn: string, context: DeploymentContext): unknown {
  const document = context.inventory.managedPolicies.get(arn) ?? awsManagedPolicies.get(arn);
  if (document === undefined) {
    throw invalid('ManagedPolicyArns', `the content of "${arn}" is not known on the laptop`);
  }
  return document;
}
