import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { TimelineEvent } from '../../../shared/incident/timeline-event.ts';
import { PAST_THE_FRONT_DOOR } from '../laptop/running-system.ts';
import type { Laptop } from '../laptop.ts';

/** Reads what the recovery has recorded, past the front door: looking must not count as a call of anybody. */
export interface KeptRecords {
  /** Timelines in the order in which their incidents began. */
  timelines(): Promise<TimelineEvent[][]>;
  close(): void;
}

export function openRecords({ account, services, system }: Laptop): KeptRecords {
  const dynamodb = new DynamoDBClient({
    endpoint: services.standIns.dynamodb,
    region: account.region,
    credentials: PAST_THE_FRONT_DOOR,
  });
  const documents = DynamoDBDocumentClient.from(dynamodb);
  return {
    async timelines() {
      const byIncident = new Map<string, TimelineEvent[]>();
      for await (const page of paginateScan({ client: documents }, { TableName: system.timelineTable })) {
        for (const item of page.Items ?? []) {
          const event = TimelineEvent.parse(item);
          byIncident.set(event.incidentId, [...(byIncident.get(event.incidentId) ?? []), event]);
        }
      }
      return [...byIncident.values()]
        .map((events) => events.toSorted((left, right) => left.sequence - right.sequence))
        .sort((left, right) => ((left[0]?.recordedAt ?? '') < (right[0]?.recordedAt ?? '') ? -1 : 1));
    },
    close: () => dynamodb.destroy(),
  };
}
