import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CloudWatch, startCloudWatch } from '../../../infra/local/cloudwatch/cloudwatch.ts';
import type { AuthorizationRequest } from '../../../infra/local/deployer/registrars.ts';
import type { BusEvent } from '../../../infra/local/event-bridge/bus-event.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:alarms';
const alarmArn = 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:database-down';
let cloudWatch: CloudWatch;
let client: CloudWatchClient;
let busEvents: BusEvent[];
let published: { topicArn: string; subject?: string; body: string }[];
let asked: AuthorizationRequest[];
let isDenied: boolean;

const start = (options: { deferEvaluation?: boolean } = {}) =>
  startCloudWatch({
    ...options,
    region: 'eu-central-1',
    accountId: '123456789012',
    timeScale: 600,
    authorize: (request) => {
      asked.push(request);
      if (isDenied) throw new Error('denied');
    },
    messages: {
      publishToTopic: async (arn, message) => {
        published.push({ topicArn: arn, ...message });
      },
    },
    emit: (event) => busEvents.push(event),
  });

beforeEach(async () => {
  busEvents = [];
  published = [];
  asked = [];
  isDenied = false;
  cloudWatch = await start();
  client = new CloudWatchClient({
    endpoint: cloudWatch.address,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
});
afterEach(async () => {
  client.destroy();
  await cloudWatch.close();
});

const properties = {
  AlarmName: 'database-down',
  AlarmDescription: 'The database does not answer',
  Namespace: 'Testudo',
  MetricName: 'ProbeFailed',
  Dimensions: [{ Name: 'database', Value: 'main' }],
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: [topicArn],
};
const register = (fields: object = {}) =>
  cloudWatch.registerAlarm({
    name: 'database-down',
    arn: alarmArn,
    properties: { ...properties, ...fields },
  });
const logged = (value: number) =>
  JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: 'Testudo', Dimensions: [['database']], Metrics: [{ Name: 'ProbeFailed' }] },
      ],
    },
    database: 'main',
    ProbeFailed: value,
  });
const stateOf = async () => {
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['database-down'] }));
  return MetricAlarms?.[0]?.StateValue;
};
const untilState = (value: string) =>
  vi.waitFor(async () => expect(await stateOf()).toBe(value), { timeout: 5_000, interval: 10 });

describe('an alarm', () => {
  it('goes off on the arrival of a breaching log line, without waiting for the period to end', async () => {
    register();
    cloudWatch.ingestLog('probe', logged(1));
    expect(await stateOf()).toBe('ALARM');
  });

  it('that is deferred hears nothing before its evaluation is started', async () => {
    const deferred = await start({ deferEvaluation: true });
    deferred.registerAlarm({ name: 'deferred', arn: alarmArn, properties });
    deferred.ingestLog('probe', logged(1));
    expect(busEvents).toEqual([]);
    deferred.startEvaluation();
    deferred.ingestLog('probe', logged(1));
    expect(busEvents).toHaveLength(1);
    await deferred.close();
  });

  it('stays quiet on data of another set of dimensions', async () => {
    register({ Dimensions: [{ Name: 'database', Value: 'other' }] });
    cloudWatch.ingestLog('probe', logged(1));
    await untilState('OK');
    expect(busEvents.map(({ detail }) => detail.state)).toMatchObject([{ value: 'OK' }]);
  });

  it('recovers on the boundary of a period', async () => {
    register();
    cloudWatch.ingestLog('probe', logged(1));
    await untilState('OK');
    expect(busEvents.map(({ detail }) => (detail.state as { value: string }).value)).toEqual(['ALARM', 'OK']);
  });

  it('waits for the boundary when more data could undo the breach', async () => {
    register({ Statistic: 'Average' });
    cloudWatch.ingestLog('probe', logged(1));
    expect(busEvents).toEqual([]);
    await untilState('ALARM');
  });

  it('announces its change with the datapoints and the metric', async () => {
    register();
    cloudWatch.ingestLog('probe', logged(7));
    expect(busEvents).toMatchObject([
      {
        source: 'aws.cloudwatch',
        detailType: 'CloudWatch Alarm State Change',
        resources: [alarmArn],
        detail: {
          alarmName: 'database-down',
          state: {
            value: 'ALARM',
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
            reason: expect.stringMatching(/^Threshold Crossed: 1 out of the last 1 datapoints \[7 /),
          },
          previousState: { value: 'INSUFFICIENT_DATA' },
          configuration: {
            description: 'The database does not answer',
            metrics: [
              {
                id: 'm1',
                metricStat: {
                  metric: { namespace: 'Testudo', name: 'ProbeFailed', dimensions: { database: 'main' } },
                  period: 60,
                  stat: 'Maximum',
                },
                returnData: true,
              },
            ],
          },
        },
      },
    ]);
    const state = busEvents[0]?.detail.state as { reasonData: string } | undefined;
    expect(JSON.parse(state?.reasonData ?? '')).toMatchObject({
      version: '1.0',
      statistic: 'Maximum',
      period: 60,
      threshold: 0,
      recentDatapoints: [7],
      evaluatedDatapoints: [{ sampleCount: 1, value: 7 }],
    });
  });

  it('notifies its topics as CloudWatch, and notes the action', async () => {
    register();
    cloudWatch.ingestLog('probe', logged(1));
    const { AlarmHistoryItems } = await client.send(
      new DescribeAlarmHistoryCommand({ AlarmName: 'database-down', ScanBy: 'TimestampAscending' }),
    );
    expect(AlarmHistoryItems?.map(({ HistoryItemType }) => HistoryItemType)).toEqual([
      'ConfigurationUpdate',
      'StateUpdate',
      'Action',
    ]);
    expect(AlarmHistoryItems?.[1]?.HistorySummary).toBe('Alarm updated from INSUFFICIENT_DATA to ALARM');
    expect(asked).toEqual([
      {
        principal: 'cloudwatch.amazonaws.com',
        action: 'sns:Publish',
        resource: topicArn,
        sourceArn: alarmArn,
      },
    ]);
    expect(published[0]).toMatchObject({ topicArn, subject: 'ALARM: "database-down" in eu-central-1' });
    expect(JSON.parse(published[0]?.body ?? '')).toMatchObject({
      AlarmName: 'database-down',
      NewStateValue: 'ALARM',
      OldStateValue: 'INSUFFICIENT_DATA',
      Trigger: { MetricName: 'ProbeFailed', Threshold: 0, Dimensions: [{ name: 'database', value: 'main' }] },
    });
  });

  it('notes a notification that was refused', async () => {
    isDenied = true;
    register();
    cloudWatch.ingestLog('probe', logged(1));
    const { AlarmHistoryItems } = await client.send(
      new DescribeAlarmHistoryCommand({ HistoryItemType: 'Action' }),
    );
    expect(AlarmHistoryItems?.[0]?.HistorySummary).toMatch(/^Failed to execute action/);
    expect(published).toEqual([]);
  });

  it('is refused when it needs what the laptop does not compute', () => {
    expect(() => register({ Metrics: [{ Id: 'e1' }] })).toThrow(/'database-down': Metrics is not supported/);
    expect(() => register({ ExtendedStatistic: 'p99' })).toThrow(/ExtendedStatistic/);
    expect(() => register({ Statistic: undefined })).toThrow(/Statistic/);
    expect(() => register({ AlarmActions: ['arn:aws:lambda:x:1:function:f'] })).toThrow(/SNS topics only/);
    expect(() => register({ DatapointsToAlarm: 2 })).toThrow(/exceeds EvaluationPeriods/);
  });
});

describe('the API', () => {
  it('describes alarms by name, prefix and state', async () => {
    register({ Period: 86_400 });
    const { MetricAlarms } = await client.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'database', StateValue: 'INSUFFICIENT_DATA' }),
    );
    expect(MetricAlarms).toMatchObject([
      {
        AlarmName: 'database-down',
        AlarmArn: alarmArn,
        Period: 86_400,
        DatapointsToAlarm: 1,
        Dimensions: [{ Name: 'database', Value: 'main' }],
        AlarmActions: [topicArn],
      },
    ]);
    expect(MetricAlarms?.[0]?.StateUpdatedTimestamp).toBeInstanceOf(Date);
    const others = await client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(others.MetricAlarms).toEqual([]);
  });

  it('sets a state by hand, with all that follows from it', async () => {
    register({ Period: 86_400 });
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'database-down', StateValue: 'ALARM', StateReason: 'exercise' }),
    );
    expect(busEvents).toMatchObject([{ detail: { state: { value: 'ALARM', reason: 'exercise' } } }]);
    expect(published).toHaveLength(1);
    await expect(
      client.send(new SetAlarmStateCommand({ AlarmName: 'no', StateValue: 'OK', StateReason: 'x' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });

  it('takes metric data, compressed or not, and gives its statistics', async () => {
    const at = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000);
    const datum = { MetricName: 'Latency', Timestamp: at };
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Testudo',
        MetricData: [
          { ...datum, Value: 1 },
          { ...datum, Values: [2, 5], Counts: [3, 1] },
          { ...datum, StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 } },
          ...Array.from({ length: 200 }, (_, index) => ({ MetricName: `Other${index}`, Value: index })),
        ],
      }),
    );
    const stats = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'];
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: at,
        EndTime: new Date(at.getTime() + 60_000),
        MetricDataQueries: stats.map((Stat) => ({
          Id: Stat.toLowerCase(),
          MetricStat: { Metric: { Namespace: 'Testudo', MetricName: 'Latency' }, Period: 60, Stat },
        })),
      }),
    );
    expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([
      ['average', [22 / 7]],
      ['sum', [22]],
      ['minimum', [1]],
      ['maximum', [6]],
      ['samplecount', [7]],
    ]);
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([at]);
  });
});
