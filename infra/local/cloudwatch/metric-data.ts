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
 * Answers GetMetricData for queries by `MetricStat`, over periods of real time (the time scale is not applied).
 * @throws ServiceError for expressions and percentiles, which the laptop does not compute
 */
export function metricData(input: WireInput, store: MetricStore): object {
  const from = optionalTime(input, 'StartTime');
  const until = optionalTime(input, 'EndTime');
  if (from === undefined || until === undefined) {
    throw new ServiceError('MissingParameter', 'StartTime and EndTime are required');
  }
  const queries = (input.MetricDataQueries ?? []) as WireInput[];
  const isAscending = input.ScanBy === 'TimestampAscending';
  return {
    MetricDataResults: queries.map((query) =>
      answer(query, store, from.getTime(), until.getTime(), isAscending),
    ),
    Messages: [],
  };
}

function answer(
  query: WireInput,
  store: MetricStore,
  fromMillis: number,
  untilMillis: number,
  isAscending: boolean,
) {
  const id = requiredString(query, 'Id');
  const { Metric, Period, Stat } = (query.MetricStat ?? {}) as Record<string, unknown>;
  if (Metric === undefined || !isStatistic(Stat) || typeof Period !== 'number') {
    throw new ServiceError(
      'InvalidParameterValue',
      `MetricDataQueries '${id}': only MetricStat with a basic Stat`,
    );
  }
  const metric = identityOf(Metric as WireInput);
  const periodMillis = Period * 1000;
  const points: { readonly at: number; readonly value: number }[] = [];
  for (let at = Math.floor(fromMillis / periodMillis) * periodMillis; at < untilMillis; at += periodMillis) {
    const value = statisticOf(store.between(metric, at, at + periodMillis), Stat);
    if (value !== undefined) points.push({ at: at / 1000, value });
  }
  if (!isAscending) points.reverse();
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
