import { physicalName } from '../physical-name.ts';
import { optionalText } from '../property-reader.ts';
import { arnIn, type CreatedResource, type DeploymentContext, type Resource } from '../resource-type.ts';

/** A type that has no effect on the laptop. */
export interface IgnoredType {
  readonly type: string;
  readonly reason: string;
  /** What other resources may ask of it; only its made-up name when absent. */
  readonly describe?: (resource: Resource, context: DeploymentContext) => CreatedResource;
}

/** Every type that is left out, with the reason. A type that is neither here nor known is refused. */
export const ignoredTypes: readonly IgnoredType[] = [
  { type: 'AWS::CDK::Metadata', reason: 'tells AWS which CDK version was used' },
  { type: 'AWS::ApiGateway::Account', reason: 'lets API Gateway write logs; here they go to files' },
  { type: 'AWS::CloudWatch::Dashboard', reason: 'a picture in the console' },
  {
    type: 'AWS::Logs::LogGroup',
    reason: 'what functions print goes to files, which the operator deletes',
    describe(resource, context) {
      const name = optionalText(resource, 'LogGroupName') ?? physicalName(resource, context, 512);
      return { ref: name, attributes: { Arn: arnIn(context, 'logs', `log-group:${name}:*`) } };
    },
  },
  { type: 'AWS::Logs::QueryDefinition', reason: 'a saved query in the console' },
  { type: 'AWS::Logs::ResourcePolicy', reason: 'lets AWS services write to log groups' },
  {
    type: 'AWS::WAFv2::WebACL',
    reason: 'a firewall in front of the public API; the laptop listens on 127.0.0.1 only',
    describe(resource, context) {
      const name = optionalText(resource, 'Name') ?? physicalName(resource, context, 128);
      return { ref: name, attributes: { Arn: arnIn(context, 'wafv2', `regional/webacl/${name}`), Id: name } };
    },
  },
  { type: 'AWS::WAFv2::WebACLAssociation', reason: 'ties the firewall to the API' },
  { type: 'AWS::WAFv2::LoggingConfiguration', reason: 'logs of the firewall' },
  { type: 'AWS::XRay::Group', reason: 'a filter for traces in the console' },
];
