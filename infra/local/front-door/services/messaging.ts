import {
  type AccountScope,
  arn,
  type JsonObject,
  type JsonService,
  type Permission,
  type QueryService,
  text,
} from './service.ts';

/** SNS. Resources: Service Authorization Reference, "Amazon SNS". */
export const sns: QueryService = {
  signingName: 'sns',
  eventSource: 'sns.amazonaws.com',
  protocol: 'query',
  operations: {
    Publish: onTopic('Publish'),
    PublishBatch: onTopic('Publish'),
    Subscribe: onTopic('Subscribe'),
    GetTopicAttributes: onTopic('GetTopicAttributes'),
    ListSubscriptionsByTopic: onTopic('ListSubscriptionsByTopic'),
    ListTopics: () => [{ action: 'sns:ListTopics', resource: '*' }],
  },
};

/** SQS. Resources: Service Authorization Reference, "Amazon SQS". */
export const sqs: JsonService = {
  signingName: 'sqs',
  eventSource: 'sqs.amazonaws.com',
  protocol: 'json',
  operations: {
    SendMessage: onQueue('SendMessage'),
    SendMessageBatch: onQueue('SendMessage'),
    ReceiveMessage: onQueue('ReceiveMessage'),
    DeleteMessage: onQueue('DeleteMessage'),
    DeleteMessageBatch: onQueue('DeleteMessage'),
    ChangeMessageVisibility: onQueue('ChangeMessageVisibility'),
    GetQueueAttributes: onQueue('GetQueueAttributes'),
    GetQueueUrl: (input, scope) => [
      { action: 'sqs:GetQueueUrl', resource: arn(scope, 'sqs', text(input, 'QueueName')) },
    ],
    ListQueues: () => [{ action: 'sqs:ListQueues', resource: '*' }],
  },
};

function onTopic(operation: string) {
  return (input: URLSearchParams): readonly Permission[] => [
    {
      action: `sns:${operation}`,
      // A message to a telephone number has no topic; policies then speak of "*".
      resource: input.get('TopicArn') ?? input.get('TargetArn') ?? '*',
    },
  ];
}

function onQueue(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => [
    {
      action: `sqs:${operation}`,
      resource: arn(scope, 'sqs', text(input, 'QueueUrl').split('/').at(-1) ?? ''),
    },
  ];
}
