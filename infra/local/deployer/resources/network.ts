import { physicalId } from '../physical-name.ts';
import { invalid, optionalText, recordList, text } from '../property-reader.ts';
import type { DeploymentContext, ResourceType } from '../resource-type.ts';

/** AWS::EC2::SecurityGroup. Who may connect is what has effect on the laptop; ports have none: a group has one use. */
export const securityGroup: ResourceType = {
  type: 'AWS::EC2::SecurityGroup',
  properties: [
    'GroupDescription',
    'GroupName',
    'SecurityGroupEgress',
    'SecurityGroupIngress',
    'VpcId',
    'Tags',
  ],
  create(resource, context) {
    const id = `sg-${physicalId(resource, context, 17)}`;
    groupRules(context, id);
    for (const rule of recordList(resource, 'SecurityGroupIngress')) {
      allow(context, id, rule.SourceSecurityGroupId);
    }
    return { ref: id, attributes: { GroupId: id, Id: id, VpcId: optionalText(resource, 'VpcId') ?? '' } };
  },
};

/** AWS::EC2::SecurityGroupIngress, also on a group that the template only names. */
export const securityGroupIngress: ResourceType = {
  type: 'AWS::EC2::SecurityGroupIngress',
  properties: [
    'GroupId',
    'SourceSecurityGroupId',
    'IpProtocol',
    'FromPort',
    'ToPort',
    'Description',
    'SourceSecurityGroupOwnerId',
  ],
  create(resource, context) {
    allow(context, text(resource, 'GroupId'), text(resource, 'SourceSecurityGroupId'));
    return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
  },
};

/** AWS::EC2::SecurityGroupEgress: everything may leave on the laptop. */
export const securityGroupEgress: ResourceType = {
  type: 'AWS::EC2::SecurityGroupEgress',
  properties: [
    'GroupId',
    'DestinationSecurityGroupId',
    'DestinationPrefixListId',
    'CidrIp',
    'IpProtocol',
    'FromPort',
    'ToPort',
    'Description',
  ],
  create: (resource) => ({ ref: resource.logicalId, attributes: { Id: resource.logicalId } }),
};

/** AWS::EC2::VPCEndpoint: what functions in the VPC reach without the internet. */
export const vpcEndpoint: ResourceType = {
  type: 'AWS::EC2::VPCEndpoint',
  properties: ['ServiceName', 'VpcEndpointType', 'VpcId', 'RouteTableIds', 'PolicyDocument', 'Tags'],
  create(resource, context) {
    if ((optionalText(resource, 'VpcEndpointType') ?? 'Gateway') !== 'Gateway') {
      throw invalid('VpcEndpointType', 'the laptop has gateway endpoints only');
    }
    const service = text(resource, 'ServiceName').split('.').at(-1) ?? '';
    context.inventory.vpcEndpoints.add(service);
    const id = `vpce-${physicalId(resource, context, 17)}`;
    return { ref: id, attributes: { Id: id } };
  },
};

function allow(context: DeploymentContext, groupId: string, sourceGroupId: unknown): void {
  if (typeof sourceGroupId === 'string') {
    groupRules(context, groupId).allowedSourceGroups.push(sourceGroupId);
  }
}

function groupRules(context: DeploymentContext, groupId: string): { readonly allowedSourceGroups: string[] } {
  const rules = context.inventory.securityGroups.get(groupId) ?? { allowedSourceGroups: [] };
  context.inventory.securityGroups.set(groupId, rules);
  return rules;
}
