import type { MetricDatum, MetricIdentity, MetricSample } from './metric.ts';

/** Samples kept of a metric; older ones are dropped, a rehearsal never looks back that far. */
const samplesKept = 5_000;

/** The samples of every metric, in memory. */
export class MetricStore {
  readonly #samples = new Map<string, MetricSample[]>();

  add({ metric, sample }: MetricDatum): void {
    const key = metricKey(metric);
    const samples = this.#samples.get(key) ?? [];
    samples.push(sample);
    if (samples.length > samplesKept) samples.shift();
    this.#samples.set(key, samples);
  }

  /** Samples from `fromMillis` on and before `untilMillis`. */
  between(metric: MetricIdentity, fromMillis: number, untilMillis: number): readonly MetricSample[] {
    const samples = this.#samples.get(metricKey(metric)) ?? [];
    return samples.filter(({ atMillis }) => atMillis >= fromMillis && atMillis < untilMillis);
  }
}

/** The same text for the same metric, whatever the order of its dimensions. */
export function metricKey({ namespace, name, dimensions }: MetricIdentity): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}
