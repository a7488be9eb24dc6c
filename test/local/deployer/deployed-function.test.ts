import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentRig, startDeploymentRig } from './deployment-rig.ts';
import { controlTable, functionWithRole, globalTable } from './template-parts.ts';

let rig: DeploymentRig;
let halt: string;

beforeAll(async () => {
  rig = await startDeploymentRig();
  halt = await bundle(`
    import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
    import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
    const dynamodb = new DynamoDBClient({});
    const sns = new SNSClient({});
    export const handler = async (event) => {
      await dynamodb.send(new PutItemCommand({ TableName: process.env.CONTROL_TABLE, Item: { pk: { S: event.scope } } }));
      if (process.env.TOPIC) await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: 'halted' }));
      return 'halted';
    };`);
});

afterAll(() => rig.close());

/** Builds a bundle as the deployed ones are built. */
async function bundle(source: string): Promise<string> {
  const result = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return result.outputFiles[0]?.text ?? '';
}

const putOnTable = {
  Effect: 'Allow',
  Action: 'dynamodb:PutItem',
  Resource: { 'Fn::GetAtt': ['Control', 'Arn'] },
};

describe('a deployed function', () => {
  it('reaches the table of the template by its own role, with the name from its environment', async () => {
    const deployment = await rig.deploy(
      {
        Resources: {
          ...functionWithRole('Halt', {
            environment: { CONTROL_TABLE: { Ref: 'Control' } },
            statements: [putOnTable],
          }),
          Control: controlTable,
        },
      },
      { Halt: halt },
    );
    expect(await rig.invoke(deployment, 'Halt', { scope: 'global' })).toBe('halted');
    expect(rig.frontDoor.calls().at(-1)).toMatchObject({
      operation: 'PutItem',
      resources: [deployment.resources.get('Control')?.attributes.Arn],
      status: 200,
    });
  });

  it('reaches a global table whose one replica is in the region of the stack', async () => {
    const deployment = await rig.deploy(
      {
        Resources: {
          ...functionWithRole('Halt', {
            environment: { CONTROL_TABLE: { Ref: 'Control' } },
            statements: [putOnTable],
          }),
          Control: globalTable('eu-central-1'),
        },
      },
      { Halt: halt },
    );
    expect(await rig.invoke(deployment, 'Halt', { scope: 'global' })).toBe('halted');
  });

  it('is denied what its role does not allow, although the code would do it', async () => {
    const deployment = await rig.deploy(
      {
        Resources: {
          ...functionWithRole('Halt', { environment: { CONTROL_TABLE: { Ref: 'Control' } } }),
          Control: controlTable,
        },
      },
      { Halt: halt },
    );
    expect(await rig.invoke(deployment, 'Halt', { scope: 'global' })).toMatchObject({
      errorType: 'AccessDeniedException',
      errorMessage: expect.stringContaining('is not authorized to perform: dynamodb:PutItem'),
    });
  });

  it('needs the key of an encrypted topic to publish, and the queue that subscribes gets the message', async () => {
    const resources = (statements: readonly object[]) => ({
      ...functionWithRole('Halt', {
        environment: { CONTROL_TABLE: { Ref: 'Control' }, TOPIC: { Ref: 'Topic' } },
        statements: [
          putOnTable,
          { Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: 'Topic' } },
          ...statements,
        ],
      }),
      Control: controlTable,
      Key: keyResource,
      Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
      Queue: { Type: 'AWS::SQS::Queue' },
      QueuePolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Queue' }],
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Action: 'sqs:SendMessage',
                Principal: { Service: 'sns.amazonaws.com' },
                Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
                Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'Topic' } } },
              },
            ],
          },
        },
      },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          Protocol: 'sqs',
          TopicArn: { Ref: 'Topic' },
          Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        },
      },
    });
    const without = await rig.deploy({ Resources: resources([]) }, { Halt: halt });
    expect(await rig.invoke(without, 'Halt', { scope: 'a' })).toMatchObject({
      errorMessage: expect.stringContaining('kms:GenerateDataKey'),
    });
    const withKey = await rig.deploy(
      {
        Resources: resources([
          {
            Effect: 'Allow',
            Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
            Resource: { 'Fn::GetAtt': ['Key', 'Arn'] },
          },
        ]),
      },
      { Halt: halt },
    );
    expect(await rig.invoke(withKey, 'Halt', { scope: 'a' })).toBe('halted');
    expect(await messageIn(withKey.resources.get('Queue')?.ref ?? '')).toContain('halted');
  });

  it('in a VPC reaches only the services that have an endpoint there', async () => {
    const withRole = functionWithRole('Halt', {
      environment: { CONTROL_TABLE: { Ref: 'Control' } },
      statements: [
        putOnTable,
        {
          Effect: 'Allow',
          Action: ['ec2:*NetworkInterface*', 'ec2:DescribeSubnets', 'ec2:*PrivateIpAddresses'],
          Resource: '*',
        },
      ],
    });
    const inVpc = structuredClone(withRole) as Record<string, { Properties: Record<string, unknown> }>;
    (inVpc.Halt as { Properties: Record<string, unknown> }).Properties.VpcConfig = {
      SecurityGroupIds: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }],
      SubnetIds: ['subnet-1'],
    };
    const group = {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'functions', VpcId: 'vpc-1' },
    };
    const endpoint = {
      Type: 'AWS::EC2::VPCEndpoint',
      Properties: {
        ServiceName: { 'Fn::Sub': `com.amazonaws.\${AWS::Region}.dynamodb` },
        VpcId: 'vpc-1',
        VpcEndpointType: 'Gateway',
      },
    };
    const closed = await rig.deploy(
      { Resources: { ...inVpc, Control: controlTable, Group: group } },
      { Halt: halt },
    );
    expect(await rig.invoke(closed, 'Halt', { scope: 'a' })).toMatchObject({
      errorType: 'UnreachableFromVpc',
    });
    const open = await rig.deploy(
      { Resources: { ...inVpc, Control: controlTable, Group: group, Endpoint: endpoint } },
      { Halt: halt },
    );
    expect(await rig.invoke(open, 'Halt', { scope: 'a' })).toBe('halted');
  });

  it('sends an event that keeps failing to the dead-letter queue of the template', async () => {
    const resources = {
      ...functionWithRole('Doomed', {
        statements: [
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
        ],
      }),
      Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
      Config: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Doomed' },
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
        },
      },
    };
    const deployment = await rig.deploy(
      { Resources: resources },
      { Doomed: 'export const handler = async () => { throw new Error("down"); };' },
    );
    await rig.host.invokeAsync(deployment.resources.get('Doomed')?.attributes.Arn ?? '', '{"id":1}');
    expect(JSON.parse(await messageIn(deployment.resources.get('Dead')?.ref ?? ''))).toMatchObject({
      requestContext: { approximateInvokeCount: 2 },
      requestPayload: { id: 1 },
    });
  });
});

const keyResource = {
  Type: 'AWS::KMS::Key',
  Properties: {
    EnableKeyRotation: true,
    KeyPolicy: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'kms:*',
          Principal: {
            AWS: {
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root'],
              ],
            },
          },
          Resource: '*',
        },
      ],
    },
  },
};

async function messageIn(queueUrl: string): Promise<string> {
  const client = new SQSClient({
    endpoint: rig.standIns.sqs,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    useQueueUrlAsEndpoint: false,
  });
  const answer = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 }));
  return answer.Messages?.[0]?.Body ?? '';
}
