import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudTrail, startCloudTrail } from '../../../infra/local/cloudtrail/cloudtrail.ts';

let trail: CloudTrail;
let client: CloudTrailClient;
const base = Date.parse('2026-11-22T10:00:00Z');

beforeAll(async () => {
  trail = await startCloudTrail({ region: 'eu-central-1', accountId: '123456789012' });
  client = new CloudTrailClient({
    endpoint: trail.address,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
  for (let minute = 0; minute < 5; minute += 1) {
    trail.record({
      eventName: minute % 2 === 0 ? 'ModifyDBInstance' : 'DescribeDBInstances',
      eventSource: 'rds.amazonaws.com',
      userIdentityArn: `arn:aws:sts::123456789012:assumed-role/cut-over/session-${minute}`,
      accessKeyId: `AKIA${minute}`,
      at: new Date(base + minute * 60_000),
      readOnly: minute % 2 === 1,
      requestParameters: { dBInstanceIdentifier: `db-${minute}` },
      responseElements: { status: 'modifying' },
      resources: [{ type: 'AWS::RDS::DBInstance', name: `db-${minute}` }],
    });
  }
});
afterAll(async () => {
  client.destroy();
  await trail.close();
});

const look = async (input: LookupEventsCommandInput) => {
  const { Events } = await client.send(new LookupEventsCommand(input));
  return Events?.map(({ Resources }) => Resources?.[0]?.ResourceName);
};
type Key = NonNullable<LookupEventsCommandInput['LookupAttributes']>[number]['AttributeKey'];

describe('LookupEvents', () => {
  it('gives the newest first, with the whole event as JSON', async () => {
    const { Events } = await client.send(new LookupEventsCommand({ MaxResults: 1 }));
    expect(Events).toMatchObject([
      {
        EventName: 'ModifyDBInstance',
        EventSource: 'rds.amazonaws.com',
        EventTime: new Date(base + 4 * 60_000),
        Username: 'session-4',
        ReadOnly: 'false',
      },
    ]);
    expect(JSON.parse(Events?.[0]?.CloudTrailEvent ?? '')).toMatchObject({
      eventID: Events?.[0]?.EventId,
      eventTime: '2026-11-22T10:04:00Z',
      awsRegion: 'eu-central-1',
      recipientAccountId: '123456789012',
      userIdentity: {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::123456789012:assumed-role/cut-over/session-4',
      },
      requestParameters: { dBInstanceIdentifier: 'db-4' },
      responseElements: { status: 'modifying' },
    });
  });

  it.each<[Key, string, string[]]>([
    ['EventName', 'ModifyDBInstance', ['db-4', 'db-2', 'db-0']],
    ['ResourceName', 'db-3', ['db-3']],
    ['Username', 'session-1', ['db-1']],
    ['ReadOnly', 'true', ['db-3', 'db-1']],
    ['AccessKeyId', 'AKIA2', ['db-2']],
    ['EventSource', 's3.amazonaws.com', []],
  ])('finds by %s', async (AttributeKey, AttributeValue, expected) => {
    expect(await look({ LookupAttributes: [{ AttributeKey, AttributeValue }] })).toEqual(expected);
  });

  it('keeps to the time range, both ends included', async () => {
    expect(await look({ StartTime: new Date(base + 60_000), EndTime: new Date(base + 3 * 60_000) })).toEqual([
      'db-3',
      'db-2',
      'db-1',
    ]);
  });

  it('pages', async () => {
    const first = await client.send(new LookupEventsCommand({ MaxResults: 3 }));
    expect(await look({ NextToken: first.NextToken })).toEqual(['db-1', 'db-0']);
  });

  it.each<[string, LookupEventsCommandInput, string]>([
    [
      'two attributes',
      {
        LookupAttributes: ['1', '2'].map((AttributeValue) => ({ AttributeKey: 'EventName', AttributeValue })),
      },
      'InvalidLookupAttributesException',
    ],
    [
      'an end before the start',
      { StartTime: new Date(base), EndTime: new Date(0) },
      'InvalidTimeRangeException',
    ],
    ['more than 50 results', { MaxResults: 51 }, 'InvalidMaxResultsException'],
    ['a token of somebody else', { NextToken: 'x' }, 'InvalidNextTokenException'],
  ])('refuses %s', async (_case, input, name) => {
    await expect(client.send(new LookupEventsCommand(input))).rejects.toMatchObject({ name });
  });
});
