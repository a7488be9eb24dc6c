import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MessageSender } from './deployer/registrars.ts';

/** Sends for AWS services to queues and topics of the stand-ins. The service has asked IAM before. */
export interface RunningMessageSender extends MessageSender {
  close(): void;
}

export function createMessageSender(options: {
  readonly region: string;
  readonly sqs: string;
  readonly sns: string;
}): RunningMessageSender {
  const credentials = { accessKeyId: 'aws-service', secretAccessKey: 'aws-service' };
  const sqs = new SQSClient({ endpoint: options.sqs, region: options.region, credentials });
  const sns = new SNSClient({ endpoint: options.sns, region: options.region, credentials });
  return {
    async sendToQueue(queueArn, body) {
      const [account, name] = queueArn.split(':').slice(4);
      const QueueUrl = `${options.sqs}/${account}/${name}`;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    },
    async publishToTopic(topicArn, { subject, body }) {
      await sns.send(
        new PublishCommand({ TopicArn: topicArn, Message: body, ...(subject && { Subject: subject }) }),
      );
    },
    close() {
      sqs.destroy();
      sns.destroy();
    },
  };
}
