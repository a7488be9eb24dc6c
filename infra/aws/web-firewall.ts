import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

/** Halts of one address in five minutes: a frightened operator stays far below it. */
const HALTS_PER_FIVE_MINUTES = 100;

/**
 * Rate rules for each address, and no others: a rule that looks into bodies could refuse the reason of a halt. The halt is counted
 * apart, so that trading services that poll from the address of the operator never keep the halt from passing.
 */
export function protectByFirewall(
  scope: Construct,
  api: RestApi,
  haltPath: string,
  requestsPerFiveMinutes: number,
): void {
  const isHalt = {
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'ENDS_WITH',
      searchString: haltPath,
      textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  };
  const rateRule = (
    priority: number,
    name: string,
    limit: number,
    scopeDownStatement: CfnWebACL.StatementProperty,
  ) => ({
    name,
    priority,
    action: { block: {} },
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', limit, evaluationWindowSec: 300, scopeDownStatement },
    },
    visibilityConfig: visibility(name),
  });
  const firewall = new CfnWebACL(scope, 'Firewall', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    rules: [
      rateRule(0, 'HaltRate', HALTS_PER_FIVE_MINUTES, isHalt),
      rateRule(1, 'RequestRate', requestsPerFiveMinutes, { notStatement: { statement: isHalt } }),
    ],
    visibilityConfig: visibility('Firewall'),
  });
  new CfnWebACLAssociation(scope, 'FirewallAssociation', {
    resourceArn: api.deploymentStage.stageArn,
    webAclArn: firewall.attrArn,
  });
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}
