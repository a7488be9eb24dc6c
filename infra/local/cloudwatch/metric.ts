/** What identifies a metric: data with another set of dimensions belongs to another metric. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One value, or several that a client has summed up, at one time. */
export interface MetricSample {
  readonly atMillis: number;
  readonly sum: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** A sample on its way to its metric. */
export interface MetricDatum {
  readonly metric: MetricIdentity;
  readonly sample: MetricSample;
}

const statistics = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'] as const;
export type Statistic = (typeof statistics)[number];

/** Whether the text names a statistic that the laptop computes (percentiles it does not). */
export function isStatistic(text: unknown): text is Statistic {
  return statistics.some((statistic) => statistic === text);
}

/** A sample of a single value. */
export function singleSample(atMillis: number, value: number): MetricSample {
  return { atMillis, sum: value, count: 1, minimum: value, maximum: value };
}

/** The statistic over samples of one period; undefined without any. */
export function statisticOf(samples: readonly MetricSample[], statistic: Statistic): number | undefined {
  if (samples.length === 0) return undefined;
  const sum = samples.reduce((total, sample) => total + sample.sum, 0);
  const count = samples.reduce((total, sample) => total + sample.count, 0);
  switch (statistic) {
    case 'Average':
      return sum / count;
    case 'Sum':
      return sum;
    case 'SampleCount':
      return count;
    case 'Minimum':
      return Math.min(...samples.map(({ minimum }) => minimum));
    case 'Maximum':
      return Math.max(...samples.map(({ maximum }) => maximum));
  }
}
