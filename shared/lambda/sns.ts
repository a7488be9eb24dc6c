import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { once } from './once.ts';

const sns = once(() => new SNSClient({ maxAttempts: 3 }));

/** What a subscriber can filter on without reading the message. */
interface MessageAttributes {
  readonly eventType: string;
  readonly incidentId?: string;
  readonly severity?: string;
}

/** A message for everyone who listens to a topic. */
export interface TopicMessage {
  readonly topicArn: string;
  /** First 100 characters are kept: SNS refuses more. Line breaks become spaces. */
  readonly subject?: string;
  /** Sent as JSON unless it is text already. */
  readonly message: unknown;
  readonly attributes: MessageAttributes;
}

/** Publishes one message and gives its id. Throws the SDK's errors. */
export async function publish(message: TopicMessage): Promise<string> {
  const { MessageId } = await sns().send(
    new PublishCommand({
      TopicArn: message.topicArn,
      ...(message.subject === undefined ? {} : { Subject: subjectLine(message.subject) }),
      Message: typeof message.message === 'string' ? message.message : JSON.stringify(message.message),
      MessageAttributes: Object.fromEntries(
        Object.entries(message.attributes)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [name, { DataType: 'String', StringValue: value as string }]),
      ),
    }),
  );
  return MessageId ?? '';
}

/** SNS takes printable ASCII only, up to 100 characters, on one line. */
function subjectLine(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100);
}
