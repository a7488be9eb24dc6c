import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { grantsOf } from './statements.ts';
import { resourcesOf, synthesize } from './synthesized.ts';

const template = synthesize('example');
const grants = grantsOf(template);

function inNetwork(): string[] {
  return Object.values(resourcesOf(template, 'AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties.VpcConfig !== undefined)
    .map(({ Properties }) => String(Properties.FunctionName).split('-').at(-1) ?? '')
    .sort();
}

test('functions that have the database for a task, and no others, run in its network', () => {
  expect(inNetwork()).toEqual([
    'ApplySalvage',
    'AssessDatabase',
    'AssessIntegrity',
    'AssessRiskEngine',
    'CollectDatabaseDiagnostics',
    'ConfirmCutOver',
    'EndSlowSessions',
    'EndSourceSessions',
    'EndStuckSessions',
    'FindCulprit',
    'ObservePerformance',
    'PlanSalvage',
    'ProbeConnection',
    'ProveFence',
    'ProvePerformance',
    'ProveService',
    'ProveSourceDown',
    'QuietRestoredDatabase',
    'RecordBaseline',
    'RecordFingerprints',
    'RecordReplicaPosition',
    'RefreshStatistics',
    'ReopenSource',
    'SignInAsApplication',
    'VerifyConnection',
    'VerifyRestoredDatabase',
    'WarmUpRestoredDatabase',
  ]);
});

test('they call only services that have a free gateway endpoint, for there is no other way out', () => {
  // logs, xray, ec2 and sqs are called by Lambda from outside the network; kms by S3; rds-db signs and calls nothing.
  const reachable = ['dynamodb', 's3', 'kms', 'logs', 'xray', 'ec2', 'rds-db'];
  const owners = inNetwork();
  const others = grants.filter(
    ({ owner, action }) => owners.includes(owner) && !reachable.includes(action.split(':')[0] ?? ''),
  );
  expect(others.map(({ owner, action }) => `${owner} ${action}`)).toEqual([
    'RecordBaseline sqs:SendMessage',
    'RecordFingerprints sqs:SendMessage',
  ]);
});

describe('security groups', () => {
  test('of the functions let out to the database, the replaced database, the risk engine, DynamoDB and S3 alone', () => {
    const rules = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroupEgress')).map(
      ({ Properties }) => `${String(Properties.Description)} ${String(Properties.FromPort)}`,
    );
    expect(rules.sort()).toEqual([
      'Database 5432',
      'Health of the risk engine 8080',
      'Replaced database 5432',
      'dynamodb 443',
      's3 443',
    ]);
  });

  test('name a rule that matches nothing: without one, EC2 would open them to everywhere', () => {
    template.resourceCountIs('AWS::EC2::SecurityGroup', 2);
    template.allResourcesProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
      SecurityGroupIngress: Match.absent(),
    });
  });

  test('the quarantine lets in the recovery and nobody else', () => {
    const intoQuarantine = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')).filter(
      ({ Properties }) => JSON.stringify(Properties.GroupId).includes('Quarantine'),
    );
    expect(intoQuarantine).toHaveLength(1);
    expect(JSON.stringify(intoQuarantine[0]?.Properties.SourceSecurityGroupId)).toContain(
      'NetworkFunctionsSecurityGroup',
    );
  });
});

test('gateway endpoints are made where the configuration says that there are none', () => {
  template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  template.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  const { network } = cdkJson.context.environments.example;
  const without = synthesize('example', { network: { ...network, createGatewayEndpoints: false } });
  without.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
});
