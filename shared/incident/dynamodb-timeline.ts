import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../lambda/clock.ts';
import { dynamodb, isConditionFailed } from '../lambda/dynamodb.ts';
import { ServiceUnavailable } from '../lambda/errors.ts';
import type { Timeline } from './timeline.ts';
import { chain, type TimelineEntry, TimelineEvent } from './timeline-event.ts';

const MAX_CONTENTION_ROUNDS = 50;

/**
 * The timeline in DynamoDB: partition `incidentId`, sort key the zero-padded sequence. Appending is a conditional put on the
 * next sequence; whoever loses the race reads again, so two writers with the same key leave one event and no gap.
 */
export function dynamodbTimeline(tableName: string, clock: Clock): Timeline {
  async function read(incidentId: string): Promise<TimelineEvent[]> {
    const events: TimelineEvent[] = [];
    const pages = paginateQuery(
      { client: dynamodb() },
      {
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': incidentId },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      for (const item of page.Items ?? []) events.push(TimelineEvent.parse(item));
    }
    return events;
  }

  async function append(entry: TimelineEntry): Promise<{ event: TimelineEvent; added: boolean }> {
    for (let round = 0; round < MAX_CONTENTION_ROUNDS; round += 1) {
      const events = await read(entry.incidentId);
      const known = events.find(({ key }) => key === entry.key);
      if (known !== undefined) return { event: known, added: false };
      const event = chain(entry, events.at(-1), clock.now().toISOString());
      try {
        await dynamodb().send(
          new PutCommand({
            TableName: tableName,
            Item: { pk: event.incidentId, sk: String(event.sequence).padStart(8, '0'), ...event },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return { event, added: true };
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
    }
    throw new ServiceUnavailable(
      `Timeline of ${entry.incidentId}: ${MAX_CONTENTION_ROUNDS} writers were faster; entry ${entry.key} is not recorded`,
    );
  }

  return { append, read };
}
