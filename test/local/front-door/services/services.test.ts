import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { Lambda } from '@aws-sdk/client-lambda';
import { RDS } from '@aws-sdk/client-rds';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SESv2 } from '@aws-sdk/client-sesv2';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RigClientConfig } from '../front-door-rig.ts';
import {
  inAccount,
  type PermissionCase,
  type PermissionsRig,
  startPermissionsRig,
} from './permissions-rig.ts';

let rig: PermissionsRig;

beforeAll(async () => {
  rig = await startPermissionsRig();
});

afterAll(() => rig.close());

const topic = inAccount('sns', 'alerts');
const mail = {
  FromEmailAddress: 'Testudo <alerts@testudo.example>',
  Destination: { ToAddresses: ['c@testudo.example'] },
};

const cases: readonly PermissionCase[] = [
  [
    'SNS Publish',
    (config) => new SNS(config).publish({ TopicArn: topic, Message: 'm' }),
    [`sns:Publish ${topic}`],
  ],
  [
    'SQS SendMessage',
    (config) =>
      new SQS(config).sendMessage({ QueueUrl: `${config.endpoint}/000000000000/dead`, MessageBody: 'm' }),
    [`sqs:SendMessage ${inAccount('sqs', 'dead')}`],
  ],
  [
    'SES SendEmail asks for the identity of the sender',
    (config) =>
      new SESv2(config).sendEmail({ ...mail, Content: { Simple: { Subject: { Data: 's' }, Body: {} } } }),
    [`ses:SendEmail ${inAccount('ses', 'identity/testudo.example')}`],
  ],
  [
    'SES SendEmail of a raw message, with a configuration set',
    (config) =>
      new SESv2(config).sendEmail({
        ...mail,
        ConfigurationSetName: 'alerts',
        Content: { Raw: { Data: new Uint8Array([1]) } },
      }),
    [
      `ses:SendRawEmail ${inAccount('ses', 'identity/testudo.example')}`,
      `ses:SendRawEmail ${inAccount('ses', 'configuration-set/alerts')}`,
    ],
  ],
  [
    'CloudWatch DescribeAlarms of some',
    (config) => new CloudWatch(config).describeAlarms({ AlarmNames: ['a', 'b'] }),
    [
      `cloudwatch:DescribeAlarms ${inAccount('cloudwatch', 'alarm:a')}`,
      `cloudwatch:DescribeAlarms ${inAccount('cloudwatch', 'alarm:b')}`,
    ],
  ],
  [
    'CloudWatch DescribeAlarms of all',
    (config) => new CloudWatch(config).describeAlarms({}),
    [`cloudwatch:DescribeAlarms ${inAccount('cloudwatch', 'alarm:*')}`],
  ],
  [
    'CloudWatch DescribeAlarmHistory',
    (config) => new CloudWatch(config).describeAlarmHistory({ AlarmName: 'a' }),
    [`cloudwatch:DescribeAlarmHistory ${inAccount('cloudwatch', 'alarm:a')}`],
  ],
  [
    'CloudWatch GetMetricData',
    (config) =>
      new CloudWatch(config).getMetricData({
        MetricDataQueries: [],
        StartTime: new Date(0),
        EndTime: new Date(1),
      }),
    ['cloudwatch:GetMetricData *'],
  ],
  [
    'Secrets Manager by ARN',
    (config) =>
      new SecretsManager(config).getSecretValue({ SecretId: inAccount('secretsmanager', 'secret:x-1') }),
    [`secretsmanager:GetSecretValue ${inAccount('secretsmanager', 'secret:x-1')}`],
  ],
  [
    'Secrets Manager by name asks for the ARN',
    (config) => new SecretsManager(config).getSecretValue({ SecretId: 'tokens' }),
    [`secretsmanager:GetSecretValue ${inAccount('secretsmanager', 'secret:tokens-a1b2c3')}`],
  ],
  [
    'CloudTrail LookupEvents',
    (config) => new CloudTrail(config).lookupEvents({}),
    ['cloudtrail:LookupEvents *'],
  ],
  [
    'EventBridge PutEvents',
    (config) =>
      new EventBridge(config).putEvents({ Entries: [{ Source: 's', DetailType: 'd', Detail: '{}' }] }),
    [`events:PutEvents ${inAccount('events', 'event-bus/default')}`],
  ],
  [
    'Lambda Invoke by name',
    (config) => new Lambda(config).invoke({ FunctionName: 'Halt' }),
    [`lambda:InvokeFunction ${inAccount('lambda', 'function:Halt')}`],
  ],
  [
    'Lambda Invoke by ARN',
    (config) => new Lambda(config).invoke({ FunctionName: inAccount('lambda', 'function:Halt') }),
    [`lambda:InvokeFunction ${inAccount('lambda', 'function:Halt')}`],
  ],
];

describe('the permissions that a call of messaging, mail, monitoring, secrets and functions needs', () => {
  it.each(cases)('%s', async (_name, send, asks) => {
    expect(await rig.asked(send)).toEqual(asks);
  });
});

describe('an operation that is not known', () => {
  it.each([
    [
      'json',
      (config: RigClientConfig) => new DynamoDB(config).listBackups({}),
      /"ListBackups" of "dynamodb"/,
    ],
    [
      'query',
      (config: RigClientConfig) => new RDS(config).describeDBClusterSnapshots({}),
      /"DescribeDBClusterSnapshots" of "rds"/,
    ],
    [
      'rest',
      (config: RigClientConfig) => new S3(config).getBucketAcl({ Bucket: 'b' }),
      /GET \/b\/\?acl.*of "s3"/,
    ],
  ])('is refused by name (%s)', async (_protocol, send, message) => {
    const config = rig.rig.clientOf('Explorer', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    await expect(send(config)).rejects.toThrow(message);
  });
});
