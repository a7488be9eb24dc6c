import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalText, recordList, text, textList } from '../property-reader.ts';
import { arnIn, type DeploymentContext, type Resource, type ResourceType } from '../resource-type.ts';
import { customerKey } from './keys.ts';
import { standInClientConfig } from './stand-in-client.ts';

/** Queues receive messages on the laptop. To people nothing is sent: what a topic would send them is in the call log. */
const protocols = new Set(['sqs', 'email', 'email-json', 'sms', 'https']);

/** AWS::SNS::Topic */
export const topic: ResourceType = {
  type: 'AWS::SNS::Topic',
  properties: [
    'TopicName',
    'DisplayName',
    'KmsMasterKeyId',
    'Subscription',
    'SignatureVersion',
    'TracingConfig',
    'DeliveryStatusLogging',
    'Tags',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'TopicName') ?? physicalName(resource, context, 256);
    const arn = arnIn(context, 'sns', name);
    await withClient(context, (client) => client.send(new CreateTopicCommand({ Name: name })));
    for (const subscription of recordList(resource, 'Subscription')) {
      await subscribe(context, resource, { ...subscription, TopicArn: arn });
    }
    const key = customerKey(context, optionalText(resource, 'KmsMasterKeyId'));
    if (key) {
      context.authorizer.encrypt(arn, key);
    }
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
};

/** AWS::SNS::Subscription */
export const subscription: ResourceType = {
  type: 'AWS::SNS::Subscription',
  properties: [
    'TopicArn',
    'Protocol',
    'Endpoint',
    'RawMessageDelivery',
    'FilterPolicy',
    'FilterPolicyScope',
    'RedrivePolicy',
    'DeliveryPolicy',
  ],
  async create(resource, context) {
    return { ref: await subscribe(context, resource, resource.properties), attributes: {} };
  },
};

/** AWS::SNS::TopicPolicy */
export const topicPolicy: ResourceType = {
  type: 'AWS::SNS::TopicPolicy',
  properties: ['Topics', 'PolicyDocument'],
  create(resource, context) {
    for (const arn of textList(resource, 'Topics')) {
      context.authorizer.attachResourcePolicy(arn, resource.logicalId, at(resource, 'PolicyDocument'));
    }
    return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
  },
};

async function subscribe(
  context: DeploymentContext,
  resource: Resource,
  properties: Readonly<Record<string, unknown>>,
): Promise<string> {
  const described: Resource = { ...resource, properties };
  const protocol = text(described, 'Protocol');
  const topicArn = text(described, 'TopicArn');
  const endpoint = text(described, 'Endpoint');
  if (!protocols.has(protocol)) {
    throw invalid('Protocol', `"${protocol}" is not delivered on the laptop`);
  }
  if (protocol === 'sqs') {
    context.finally(() =>
      context.authorizer.authorize({
        principal: 'sns.amazonaws.com',
        action: 'sqs:SendMessage',
        resource: endpoint,
        sourceArn: topicArn,
      }),
    );
  }
  const answer = await withClient(context, (client) =>
    client.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: protocol,
        Endpoint: endpoint,
        Attributes: attributesOf(described),
        ReturnSubscriptionArn: true,
      }),
    ),
  );
  return answer.SubscriptionArn ?? '';
}

function attributesOf(resource: Resource): Record<string, string> {
  const names = ['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy'];
  return Object.fromEntries(
    names
      .map((name) => [name, at(resource, name)] as const)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}

async function withClient<Result>(
  context: DeploymentContext,
  use: (client: SNSClient) => Promise<Result>,
): Promise<Result> {
  const client = new SNSClient(standInClientConfig(context, context.standIns.sns));
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
