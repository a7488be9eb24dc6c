import { randomUUID } from 'node:crypto';
import { type Operation, startJsonService, type WireInput } from '../json-protocol/json-service.ts';
import { pageOf } from '../json-protocol/page.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { epochSeconds, integerWithin, optionalString, optionalTime } from '../json-protocol/wire-input.ts';

/** One API call, as the front door saw it. */
interface ApiCallRecord {
  /** The operation, e.g. `RestoreDBInstanceToPointInTime`. */
  readonly eventName: string;
  /** The service, e.g. `rds.amazonaws.com`. */
  readonly eventSource: string;
  readonly userIdentityArn: string;
  readonly accessKeyId?: string;
  readonly at: Date;
  readonly requestParameters?: unknown;
  readonly responseElements?: unknown;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly sourceIpAddress?: string;
  /** Whether the call only reads. */
  readonly readOnly?: boolean;
  readonly resources?: readonly { readonly type?: string; readonly name: string }[];
}

export interface CloudTrailOptions {
  readonly region: string;
  readonly accountId: string;
}

/** CloudTrail's event history of the laptop; unlike the real one it is complete at once. */
export interface CloudTrail {
  readonly address: string;
  record(call: ApiCallRecord): void;
  close(): Promise<void>;
}

/** Events kept; the oldest go first. */
const eventsKept = 50_000;

interface StoredEvent extends ApiCallRecord {
  readonly eventId: string;
}

/** Starts the API (LookupEvents) on a free port of 127.0.0.1. */
export async function startCloudTrail(options: CloudTrailOptions): Promise<CloudTrail> {
  const events: StoredEvent[] = [];
  const service = await startJsonService({
    targetPrefix: 'CloudTrail_20131101',
    jsonVersion: '1.1',
    operations: { LookupEvents: lookup(events, options) },
  });
  return {
    address: service.address,
    record: (call) => {
      events.push({ ...call, eventId: randomUUID() });
      if (events.length > eventsKept) events.shift();
    },
    close: () => service.close(),
  };
}

function lookup(events: readonly StoredEvent[], options: CloudTrailOptions): Operation {
  return (input) => {
    const from = optionalTime(input, 'StartTime');
    const until = optionalTime(input, 'EndTime');
    if (from !== undefined && until !== undefined && from > until) {
      throw new ServiceError('InvalidTimeRangeException', 'StartTime must not be after EndTime');
    }
    const matches = matcherOf(input);
    const found = events
      .filter(({ at }) => (from === undefined || at >= from) && (until === undefined || at <= until))
      .filter(matches)
      .toSorted((a, b) => b.at.getTime() - a.at.getTime());
    const pageSize = maxResults(input);
    const page = pageOf(found, pageSize, optionalString(input, 'NextToken'), 'InvalidNextTokenException');
    return { Events: page.items.map((event) => wireEvent(event, options)), NextToken: page.nextToken };
  };
}

function maxResults(input: WireInput): number {
  try {
    return integerWithin(input, 'MaxResults', { minimum: 1, maximum: 50, default: 50 });
  } catch (error) {
    throw new ServiceError('InvalidMaxResultsException', (error as Error).message);
  }
}

const attributes: Readonly<Record<string, (event: StoredEvent) => readonly (string | undefined)[]>> = {
  EventId: (event) => [event.eventId],
  EventName: (event) => [event.eventName],
  EventSource: (event) => [event.eventSource],
  ReadOnly: (event) => [String(event.readOnly ?? false)],
  Username: (event) => [usernameOf(event)],
  ResourceName: (event) => (event.resources ?? []).map(({ name }) => name),
  ResourceType: (event) => (event.resources ?? []).map(({ type }) => type),
  AccessKeyId: (event) => [event.accessKeyId],
};

function matcherOf(input: WireInput): (event: StoredEvent) => boolean {
  const wanted = (input.LookupAttributes ?? []) as WireInput[];
  if (wanted.length > 1) {
    throw new ServiceError('InvalidLookupAttributesException', 'LookupAttributes takes one attribute');
  }
  const [attribute] = wanted;
  if (attribute === undefined) return () => true;
  const valuesOf = attributes[String(attribute.AttributeKey)];
  if (valuesOf === undefined) {
    throw new ServiceError(
      'InvalidLookupAttributesException',
      `LookupAttributes: '${attribute.AttributeKey}' is not an attribute of events`,
    );
  }
  return (event) => valuesOf(event).includes(String(attribute.AttributeValue));
}

/** The session of a role, or the name of the user. */
function usernameOf(event: StoredEvent): string {
  return event.userIdentityArn.split('/').at(-1) ?? event.userIdentityArn;
}

function wireEvent(event: StoredEvent, { region, accountId }: CloudTrailOptions) {
  const resources = event.resources ?? [];
  return {
    EventId: event.eventId,
    EventName: event.eventName,
    EventSource: event.eventSource,
    EventTime: epochSeconds(event.at),
    ReadOnly: String(event.readOnly ?? false),
    Username: usernameOf(event),
    AccessKeyId: event.accessKeyId,
    Resources: resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: JSON.stringify({
      eventVersion: '1.11',
      userIdentity: {
        type: event.userIdentityArn.includes(':user/') ? 'IAMUser' : 'AssumedRole',
        arn: event.userIdentityArn,
        accountId,
        accessKeyId: event.accessKeyId,
      },
      eventTime: event.at.toISOString().replace(/\.\d{3}Z$/, 'Z'),
      eventSource: event.eventSource,
      eventName: event.eventName,
      awsRegion: region,
      sourceIPAddress: event.sourceIpAddress ?? '127.0.0.1',
      errorCode: event.errorCode,
      errorMessage: event.errorMessage,
      requestParameters: event.requestParameters ?? null,
      responseElements: event.responseElements ?? null,
      eventID: event.eventId,
      readOnly: event.readOnly ?? false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: accountId,
    }),
  };
}
