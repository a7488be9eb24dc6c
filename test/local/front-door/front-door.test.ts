import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AwsStandIns, startAwsStandIns } from '../../../infra/local/aws-stand-ins.ts';
import type { CallEvent } from '../../../infra/local/front-door/call-log.ts';
import { type FrontDoorRig, rigScope, startFrontDoorRig } from './front-door-rig.ts';

const tableArn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/control';
const everything = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const item = { pk: { S: 'global' }, state: { S: 'HALTED' } };

let standIns: AwsStandIns;
let rig: FrontDoorRig;

beforeAll(async () => {
  standIns = await startAwsStandIns({ region: rigScope.region });
  const { dynamodb, sns, sqs, s3, ses } = standIns;
  rig = await startFrontDoorRig({ dynamodb, sns, sqs, s3, ses });
  const admin = new DynamoDBClient(rig.clientOf('admin', everything));
  await admin.send(
    new CreateTableCommand({
      TableName: 'control',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists(
    { client: admin, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
    { TableName: 'control' },
  );
});

beforeEach(() => rig.frontDoor.clearFaults());

afterAll(async () => {
  await rig.close();
  await standIns.close();
});

function dynamodbOf(name: string, actions: readonly string[]): DynamoDBClient {
  return new DynamoDBClient(rig.clientOf(name, [{ Effect: 'Allow', Action: actions, Resource: tableArn }]));
}

describe('what the front door lets through', () => {
  it('forwards a call that the role allows and gives back the answer of the stand-in', async () => {
    const client = dynamodbOf('Halt', ['dynamodb:PutItem', 'dynamodb:GetItem']);
    await client.send(new PutItemCommand({ TableName: 'control', Item: item }));
    const read = await client.send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } }));
    expect(read.Item).toEqual(item);
  });

  it('streams a body of several megabytes to S3 and back unchanged', async () => {
    const client = new S3Client(rig.clientOf('Diagnostics', everything));
    await client.send(new CreateBucketCommand({ Bucket: 'reports' }));
    const body = Buffer.alloc(5 * 1024 * 1024, 'log line\n');
    await client.send(
      new PutObjectCommand({ Bucket: 'reports', Key: 'incidents/1/log with blank+plus.txt', Body: body }),
    );
    const read = await client.send(
      new GetObjectCommand({ Bucket: 'reports', Key: 'incidents/1/log with blank+plus.txt' }),
    );
    expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  });

  it('delivers a mail to the SES stand-in', async () => {
    const client = new SESv2Client(
      rig.clientOf('Notify', [
        {
          Effect: 'Allow',
          Action: 'ses:SendEmail',
          Resource: 'arn:aws:ses:eu-central-1:000000000000:identity/testudo.example',
          Condition: { StringEquals: { 'ses:FromAddress': 'alerts@testudo.example' } },
        },
      ]),
    );
    await client.send(
      new SendEmailCommand({
        FromEmailAddress: 'Testudo <alerts@testudo.example>',
        Destination: { ToAddresses: ['commander@testudo.example'] },
        Content: { Simple: { Subject: { Data: 'Trading is halted' }, Body: { Text: { Data: 'P0' } } } },
      }),
    );
    const store = (await (await fetch(`${standIns.ses}/store`)).json()) as { emails: { subject: string }[] };
    expect(store.emails.map((mail) => mail.subject)).toContain('Trading is halted');
  });
});

describe('what the front door refuses', () => {
  it('an action that the role does not allow, worded as AWS words it', async () => {
    const client = dynamodbOf('Reader', ['dynamodb:GetItem']);
    await expect(client.send(new PutItemCommand({ TableName: 'control', Item: item }))).rejects.toMatchObject(
      {
        name: 'AccessDeniedException',
        message: expect.stringContaining(
          `User: arn:aws:sts::000000000000:assumed-role/Reader/Reader is not authorized to perform: dynamodb:PutItem on resource: ${tableArn}`,
        ),
      },
    );
  });

  it.each([
    [
      'SNS',
      () =>
        new SNSClient(rig.clientOf('Nobody', [])).send(
          new PublishCommand({ TopicArn: 'arn:aws:sns:eu-central-1:000000000000:t', Message: 'm' }),
        ),
      'AuthorizationErrorException',
    ],
    [
      'RDS',
      () => new RDSClient(rig.clientOf('Nobody', [])).send(new DescribeDBInstancesCommand({})),
      'AccessDenied',
    ],
    [
      'S3',
      () =>
        new S3Client(rig.clientOf('Nobody', [])).send(new GetObjectCommand({ Bucket: 'reports', Key: 'k' })),
      'AccessDenied',
    ],
  ])('a denied call of %s in the error format of that service', async (_service, call, name) => {
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  });

  it('a signature made with another secret key', async () => {
    const config = rig.clientOf('Forger', everything);
    const forged = { ...config, credentials: { ...config.credentials, secretAccessKey: 'not-the-secret' } };
    await expect(
      new DynamoDBClient(forged).send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } })),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(
      new S3Client(forged).send(new GetObjectCommand({ Bucket: 'reports', Key: 'k' })),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('an access key that nobody was given', async () => {
    const config = {
      ...rig.clientOf('Stranger', []),
      credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 's' },
    };
    await expect(
      new DynamoDBClient(config).send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } })),
    ).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: expect.stringContaining('AKIAUNKNOWN'),
    });
  });

  it('a request without a signature', async () => {
    const answer = await fetch(rig.frontDoor.address, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('MissingAuthenticationTokenException');
  });

  it('a service without a stand-in, by name', async () => {
    await expect(
      new RDSClient(rig.clientOf('Restorer', everything)).send(new DescribeDBInstancesCommand({})),
    ).rejects.toMatchObject({ name: 'UnknownOperationException', message: expect.stringContaining('"rds"') });
  });

  it('a body that differs from the one that was signed, before the stand-in has it whole', async () => {
    const client = new S3Client(rig.clientOf('Tampered', everything));
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: unknown; headers: Record<string, string> };
        request.body = 'evil';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(
      client.send(new PutObjectCommand({ Bucket: 'reports', Key: 'tampered', Body: 'good' })),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(
      new S3Client(rig.clientOf('admin', [])).send(
        new GetObjectCommand({ Bucket: 'reports', Key: 'tampered' }),
      ),
    ).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('faults', () => {
  const throttled = { name: 'ThrottlingException', status: 400 };

  it('before: the call does not take effect and the client gets the error of the service', async () => {
    const client = dynamodbOf('Faulty', ['dynamodb:PutItem', 'dynamodb:GetItem']);
    const armed = rig.frontDoor.injectFault({
      service: 'dynamodb',
      operation: 'PutItem',
      error: throttled,
      times: 1,
      when: 'before',
    });
    const put = new PutItemCommand({ TableName: 'control', Item: { pk: { S: 'before' } } });
    await expect(client.send(put)).rejects.toMatchObject({ name: 'ThrottlingException' });
    const read = await client.send(
      new GetItemCommand({ TableName: 'control', Key: { pk: { S: 'before' } } }),
    );
    expect(read.Item).toBeUndefined();
    expect(armed.struck()).toBe(1);
    await client.send(put);
  });

  it('after: the call takes effect although the client gets an error', async () => {
    const client = dynamodbOf('Faulty', []);
    rig.frontDoor.injectFault({
      service: 'dynamodb',
      operation: 'PutItem',
      error: 'connection-reset',
      times: 1,
      when: 'after',
    });
    await expect(
      client.send(new PutItemCommand({ TableName: 'control', Item: { pk: { S: 'after' } } })),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    const read = await client.send(new GetItemCommand({ TableName: 'control', Key: { pk: { S: 'after' } } }));
    expect(read.Item).toEqual({ pk: { S: 'after' } });
  });

  it('timeout: no answer comes until the client gives up', async () => {
    const client = new DynamoDBClient({
      ...rig.clientOf('Faulty', []),
      requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
    });
    rig.frontDoor.injectFault({
      service: 'dynamodb',
      operation: 'GetItem',
      error: 'timeout',
      times: 1,
      when: 'before',
    });
    await expect(
      client.send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } })),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('a fault for one caller leaves the others alone', async () => {
    rig.frontDoor.injectFault({
      service: 'dynamodb',
      operation: 'GetItem',
      caller: 'Victim',
      error: throttled,
      times: 1,
      when: 'before',
    });
    const get = new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } });
    await dynamodbOf('Bystander', ['dynamodb:GetItem']).send(get);
    await expect(dynamodbOf('Victim', ['dynamodb:GetItem']).send(get)).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
  });
});

describe('the record of calls', () => {
  it('names caller, action, resource, status and error of every call', async () => {
    const client = dynamodbOf('Recorded', ['dynamodb:PutItem']);
    await client.send(new PutItemCommand({ TableName: 'control', Item: item }));
    await client
      .send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } }))
      .catch(() => undefined);
    const records = rig.frontDoor.calls().filter((call) => call.caller === 'Recorded');
    expect(records).toMatchObject([
      {
        service: 'dynamodb',
        operation: 'PutItem',
        action: 'dynamodb:PutItem',
        resources: [tableArn],
        status: 200,
      },
      { operation: 'GetItem', status: 400, errorName: 'AccessDeniedException' },
    ]);
    expect(records[0]?.durationMillis).toBeGreaterThan(0);
  });

  it('records the error that the stand-in gave', async () => {
    const client = dynamodbOf('Recorded', []);
    const put = new PutItemCommand({
      TableName: 'control',
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await expect(client.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(rig.frontDoor.calls().at(-1)).toMatchObject({
      errorName: 'ConditionalCheckFailedException',
      status: 400,
    });
  });

  it('tells listeners what CloudTrail would: who called what, with which parameters and answer', async () => {
    const events: CallEvent[] = [];
    const remove = rig.frontDoor.onCall((event) => events.push(event));
    await dynamodbOf('Audited', ['dynamodb:GetItem']).send(
      new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } }),
    );
    remove();
    await dynamodbOf('Audited', []).send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } }));
    expect(events).toMatchObject([
      {
        callerArn: 'arn:aws:sts::000000000000:assumed-role/Audited/Audited',
        eventSource: 'dynamodb.amazonaws.com',
        eventName: 'GetItem',
        requestParameters: { TableName: 'control' },
        responseElements: { Item: item },
      },
    ]);
  });
});

describe('connections', () => {
  it('survives a stand-in that closes idle connections', async () => {
    const closing: Server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end('{}', () => setImmediate(() => request.socket.destroy()));
    });
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
    rig.frontDoor.route('dynamodb', `http://127.0.0.1:${(closing.address() as AddressInfo).port}`);
    const client = dynamodbOf('Patient', ['dynamodb:GetItem']);
    for (let count = 0; count < 20; count += 1) {
      await client.send(new GetItemCommand({ TableName: 'control', Key: { pk: item.pk } }));
    }
    rig.frontDoor.route('dynamodb', standIns.dynamodb);
    closing.closeAllConnections();
    closing.close();
  });
});
