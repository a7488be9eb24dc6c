import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { once } from '../lambda/once.ts';

const cloudwatch = once(() => new CloudWatchClient({ maxAttempts: 3 }));

/** One value of a dimension that an alarm watches. */
export interface WatchedDimension {
  readonly alarmName: string;
  /** E.g. `DBInstanceIdentifier`. */
  readonly dimension: string;
  readonly value: string;
}

/** What all metric alarms of the account watch, those that compute with several metrics included. Throws the SDK's errors. */
export async function watchedDimensions(): Promise<WatchedDimension[]> {
  const watched: WatchedDimension[] = [];
  const pages = paginateDescribeAlarms({ client: cloudwatch() }, { AlarmTypes: ['MetricAlarm'] });
  for await (const { MetricAlarms = [] } of pages) watched.push(...MetricAlarms.flatMap(dimensionsOf));
  return watched;
}

function dimensionsOf({ AlarmName = '', Dimensions = [], Metrics = [] }: MetricAlarm): WatchedDimension[] {
  const nested = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? []);
  return [...Dimensions, ...nested].map(({ Name = '', Value = '' }) => ({
    alarmName: AlarmName,
    dimension: Name,
    value: Value,
  }));
}
