import type { WireInput } from '../json-protocol/json-service.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { optionalTime, requiredString } from '../json-protocol/wire-input.ts';
import {
  isStatistic,
  type MetricDatum,
  type MetricIdentity,
  type MetricSample,
  singleSample,
  statisticOf,
} from './metric.ts';
import type { MetricStore } from './metric-store.ts';

/** The data of a PutMetricData request. @throws ServiceError naming the field */
export function readMetricData(input: WireInput): readonly MetricDatum[] {
  const namespace = requiredString(input, 'Namespace');
  return ((input.MetricData ?? []) as WireInput[]).flatMap((datum) => {
    const metric = {
      namespace,
      name: requiredString(datum, 'MetricName'),
      dimensions: dimensionsOf(datum),
    };
    const atMillis = (optionalTime(datum, 'Timestamp') ?? new Date()).getTime();
    return samplesOf(datum, atMillis).map((sample) => ({ metric, sample }));
  });
}

function samplesOf(datum: WireInput, atMillis: number): readonly MetricSample[] {
  const statisticSet = datum.StatisticValues as Record<string, number> | undefined;
  if (statisticSet !== undefined) {
    const { Sum = 0, SampleCount = 0, Minimum = 0, Maximum = 0 } = statisticSet;
    return [{ atMillis, sum: Sum, count: SampleCount, minimum: Minimum, maximum: Maximum }];
  }
  const values = (datum.Values ?? [datum.Value]) as unknown[];
  const counts = (datum.Counts ?? values.map(() => 1)) as number[];
  return values.map((value, index) => {
    if (typeof value !== 'number') {
      throw new ServiceError('InvalidParameterValue', 'MetricData: Value must be a number');
    }
    const count = counts[index] ?? 1;
    return { ...singleSample(atMillis, value), sum: value * count, count };
  });
}

/**
 * Answers GetMetricData for queries by `MetricStat`. Periods are divided by the time scale, as those of alarms are: what comes each
 * minute in AWS comes each second in a drill. Start and end are real moments.
 * @throws ServiceError for expressions and percentiles, which the laptop does not compute
 */
export function metricData(input: WireInput, store: MetricStore, timeScale: number): object {
  const from = optionalTime(input, 'StartTime');
  const until = optionalTime(input, 'EndTime');
  if (from === undefined || until === undefined) {
    throw new ServiceError('MissingParameter', 'StartTime and EndTime are required');
  }
  const queries = (input.MetricDataQueries ?? []) as WireInput[];
  const isAscending = input.ScanBy === 'TimestampAscending';
  return {
    MetricDataResults: queries.map((query) =>
      answer(query, store, {
        fromMillis: from.getTime(),
        untilMillis: until.getTime(),
        isAscending,
        timeScale,
      }),
    ),
    Messages: [],
  };
}

interface AnswerRange {
  readonly fromMillis: number;
  readonly untilMillis: number;
  readonly isAscending: boolean;
  readonly timeScale: number;
}

function answer(query: WireInput, store: MetricStore, range: AnswerRange) {
  const { fromMillis, untilMillis, isAscending, timeScale } = range;
  const id = requiredString(query, 'Id');
  const { Metric, Period, Stat } = (query.MetricStat ?? {}) as Record<string, unknown>;
  if (Metric === undefined || !isStatistic(Stat) || typeof Period !== 'number') {
    throw new ServiceError(
      'InvalidParameterValue',
      `MetricDataQueries '${id}': only MetricStat with a basic Stat`,
    );
  }
  const metric = identityOf(Metric as WireInput);
  const periodMillis = (Period * 1000) / timeScale;
  const startOf = (millis: number) => Math.floor(millis / periodMillis) * periodMillis;
  const samples = store.between(metric, startOf(fromMillis), startOf(untilMillis - 1) + periodMillis);
  const points = [...Map.groupBy(samples, ({ atMillis }) => startOf(atMillis))]
    .map(([at, ofPeriod]) => ({ at: at / 1000, value: statisticOf(ofPeriod, Stat) ?? 0 }))
    .toSorted((left, right) => (isAscending ? left.at - right.at : right.at - left.at));
  return {
    Id: id,
    Label: typeof query.Label === 'string' ? query.Label : metric.name,
    Timestamps: points.map(({ at }) => at),
    Values: points.map(({ value }) => value),
    StatusCode: 'Complete',
  };
}

function identityOf(metric: WireInput): MetricIdentity {
  return {
    namespace: requiredString(metric, 'Namespace'),
    name: requiredString(metric, 'MetricName'),
    dimensions: dimensionsOf(metric),
  };
}

function dimensionsOf(input: WireInput): Record<string, string> {
  const list = (input.Dimensions ?? []) as { Name: string; Value: string }[];
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}
