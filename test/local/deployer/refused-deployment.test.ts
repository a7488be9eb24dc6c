import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentRig, startDeploymentRig } from './deployment-rig.ts';
import { functionWithRole, globalTable, policyResource, roleResource } from './template-parts.ts';

let rig: DeploymentRig;

beforeAll(async () => {
  rig = await startDeploymentRig();
});

afterAll(() => rig.close());

describe('what the deployment refuses', () => {
  const failing: readonly (readonly [string, object, string | RegExp])[] = [
    [
      'a type that it neither creates nor ignores',
      { Thing: { Type: 'AWS::Redshift::Cluster' } },
      /Thing: .*AWS::Redshift::Cluster/,
    ],
    [
      'a property that it does not know',
      { Topic: { Type: 'AWS::SNS::Topic', Properties: { ArchivePolicy: {} } } },
      /Topic \(AWS::SNS::Topic\): UnknownProperty: ArchivePolicy/,
    ],
    [
      'resources that wait for each other',
      {
        A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'B' } } },
        B: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'A' } } },
      },
      'A -> B -> A',
    ],
    [
      'a global table with a replica elsewhere',
      { Control: globalTable('eu-central-1', 'eu-west-1') },
      /Control \(AWS::DynamoDB::GlobalTable\): InvalidProperty: Replicas/,
    ],
    [
      'a reference to nothing',
      { A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Gone' } } } },
      /Ref Gone/,
    ],
    [
      'a condition',
      { A: { Type: 'AWS::SQS::Queue', Condition: 'IsProduction' } },
      /A \(AWS::SQS::Queue\): conditions/,
    ],
    [
      'a policy with a condition operator that it cannot decide',
      {
        Role: roleResource('lambda.amazonaws.com'),
        Policy: policyResource('Role', [
          {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: '*',
            Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
          },
        ]),
      },
      /Policy \(AWS::IAM::Policy\): UnsupportedPolicy/,
    ],
    [
      'a function whose role Lambda may not assume',
      { ...functionWithRole('F'), FRole: roleResource('states.amazonaws.com') },
      /F \(AWS::Lambda::Function\): RoleNotAssumable/,
    ],
    [
      'a function whose role may not write its logs',
      {
        ...functionWithRole('F'),
        FPolicy: policyResource('FRole', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]),
      },
      /F \(AWS::Lambda::Function\): AccessDenied: .*logs:CreateLogStream/,
    ],
    [
      'a subscription of a queue whose policy does not admit the topic',
      {
        Topic: { Type: 'AWS::SNS::Topic' },
        Queue: { Type: 'AWS::SQS::Queue' },
        Subscription: {
          Type: 'AWS::SNS::Subscription',
          Properties: {
            Protocol: 'sqs',
            TopicArn: { Ref: 'Topic' },
            Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          },
        },
      },
      /Subscription .*sns.amazonaws.com is not authorized to perform: sqs:SendMessage/,
    ],
  ];

  it.each(failing)('%s, by name', async (_what, resources, message) => {
    await expect(rig.deploy({ Resources: resources }, { F: 'export const handler = 1;' })).rejects.toThrow(
      message,
    );
  });
});
