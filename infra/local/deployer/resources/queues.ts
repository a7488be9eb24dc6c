import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { physicalName } from '../physical-name.ts';
import { at, optionalText, textList } from '../property-reader.ts';
import { arnIn, type Resource, type ResourceType } from '../resource-type.ts';
import { customerKey } from './keys.ts';
import { standInClientConfig } from './stand-in-client.ts';

const passedOn = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
];

/** AWS::SQS::Queue */
export const queue: ResourceType = {
  type: 'AWS::SQS::Queue',
  properties: [
    ...passedOn,
    'QueueName',
    'KmsMasterKeyId',
    'KmsDataKeyReusePeriodSeconds',
    'SqsManagedSseEnabled',
    'RedriveAllowPolicy',
    'Tags',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'QueueName') ?? physicalName(resource, context, 80);
    const arn = arnIn(context, 'sqs', name);
    const client = new SQSClient(standInClientConfig(context, context.standIns.sqs));
    try {
      await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributesOf(resource) }));
    } finally {
      client.destroy();
    }
    const key = customerKey(context, optionalText(resource, 'KmsMasterKeyId'));
    if (key) {
      context.authorizer.encrypt(arn, key);
    }
    const url = `${context.endpointUrl}/${context.accountId}/${name}`;
    return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  },
};

/** AWS::SQS::QueuePolicy */
export const queuePolicy: ResourceType = {
  type: 'AWS::SQS::QueuePolicy',
  properties: ['Queues', 'PolicyDocument'],
  create(resource, context) {
    for (const url of textList(resource, 'Queues')) {
      const arn = arnIn(context, 'sqs', url.split('/').at(-1) ?? '');
      context.authorizer.attachResourcePolicy(arn, resource.logicalId, at(resource, 'PolicyDocument'));
    }
    return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
  },
};

function attributesOf(resource: Resource): Record<string, string> {
  return Object.fromEntries(
    passedOn
      .map((name) => [name, at(resource, name)] as const)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}
