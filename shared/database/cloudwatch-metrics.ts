import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { once } from '../lambda/once.ts';
import { InstanceLoad } from './headroom.ts';

const cloudwatch = once(() => new CloudWatchClient({ maxAttempts: 3 }));

const PERIOD_SECONDS = 60;
/** CloudWatch is some minutes behind RDS. */
const WINDOW_MILLIS = 15 * 60_000;
/** One busy minute is no bottleneck. */
const NEWEST_POINTS = 5;

type MetricName = keyof InstanceLoad;
const METRICS = Object.keys(InstanceLoad.shape) as MetricName[];

/** What CloudWatch tells of an instance's last minutes. Throws the SDK's errors. */
export async function readInstanceLoad(identifier: string, now: Date): Promise<InstanceLoad> {
  const { MetricDataResults = [] } = await cloudwatch().send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - WINDOW_MILLIS),
      EndTime: now,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: METRICS.map((metric, index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/RDS',
            MetricName: metric,
            Dimensions: [{ Name: 'DBInstanceIdentifier', Value: identifier }],
          },
          Period: PERIOD_SECONDS,
          Stat: 'Average',
        },
      })),
    }),
  );
  const values = new Map(MetricDataResults.map(({ Id, Values = [] }) => [Id, Values]));
  const load = METRICS.map((metric, index) => [metric, average(values.get(`m${index}`) ?? [])]);
  return InstanceLoad.parse(Object.fromEntries(load));
}

function average(newestFirst: readonly number[]): number | null {
  const newest = newestFirst.slice(0, NEWEST_POINTS);
  return newest.length === 0 ? null : newest.reduce((sum, value) => sum + value, 0) / newest.length;
}
