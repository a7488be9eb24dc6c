import * as z from 'zod';
import type { Clock } from '../lambda/clock.ts';
import { itemsOf, putIfAbsent } from '../lambda/dynamodb.ts';
import { ServiceUnavailable } from '../lambda/errors.ts';
import type { Timeline } from './timeline.ts';
import { chain, type TimelineEntry, TimelineEvent } from './timeline-event.ts';

const MAX_CONTENTION_ROUNDS = 50;

const TimelineEvents = z.array(TimelineEvent);
/** What appending needs to know of the events before. */
const TimelineLinks = z.array(TimelineEvent.pick({ key: true, sequence: true, hash: true }));

/** Details are the bulk of a timeline, and every step appends: they stay where they are. */
const linksOnly = {
  ProjectionExpression: '#key, #sequence, #hash',
  ExpressionAttributeNames: { '#key': 'key', '#sequence': 'sequence', '#hash': 'hash' },
};

const sortKey = (sequence: number) => String(sequence).padStart(8, '0');

/**
 * The timeline in DynamoDB: partition `incidentId`, sort key the zero-padded sequence. Appending is a conditional put on the
 * next sequence; whoever loses the race reads again, so two writers with the same key leave one event and no gap.
 */
export function dynamodbTimeline(tableName: string, clock: Clock): Timeline {
  async function read(incidentId: string): Promise<TimelineEvent[]> {
    return TimelineEvents.parse(await Array.fromAsync(itemsOf(tableName, incidentId)));
  }

  async function readOne(incidentId: string, sequence: number): Promise<TimelineEvent> {
    const found = itemsOf(tableName, incidentId, {
      KeyConditionExpression: 'pk = :pk AND sk = :sk',
      ExpressionAttributeValues: { ':sk': sortKey(sequence) },
    });
    return TimelineEvent.parse((await found.next()).value);
  }

  async function append(entry: TimelineEntry): Promise<{ event: TimelineEvent; added: boolean }> {
    for (let round = 0; round < MAX_CONTENTION_ROUNDS; round += 1) {
      const links = TimelineLinks.parse(
        await Array.fromAsync(itemsOf(tableName, entry.incidentId, linksOnly)),
      );
      const known = links.find(({ key }) => key === entry.key);
      if (known !== undefined) {
        return { event: await readOne(entry.incidentId, known.sequence), added: false };
      }
      const event = chain(entry, links.at(-1), clock.now().toISOString());
      const item = { pk: event.incidentId, sk: sortKey(event.sequence), ...event };
      if (await putIfAbsent(tableName, item)) return { event, added: true };
    }
    throw new ServiceUnavailable(
      `Timeline of ${entry.incidentId}: ${MAX_CONTENTION_ROUNDS} writers were faster; entry ${entry.key} is not recorded`,
    );
  }

  return { append, read };
}
