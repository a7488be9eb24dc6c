import { type MetricDatum, singleSample } from './metric.ts';

/** The part of a log line that makes it a line of the embedded metric format. */
interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

/**
 * Reads the metrics of a log line in the CloudWatch embedded metric format: one datum for each metric, value and set
 * of dimensions. Other lines, and metrics without a number, give none, as CloudWatch ignores them too.
 */
export function embeddedMetrics(line: string): readonly MetricDatum[] {
  const record = parseObject(line);
  const metadata = record?._aws as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | undefined;
  if (record === undefined || typeof metadata?.Timestamp !== 'number') return [];
  const atMillis = metadata.Timestamp;
  return list(metadata.CloudWatchMetrics).flatMap((directive) =>
    dataOfDirective(directive as Directive, record, atMillis),
  );
}

function dataOfDirective(
  { Namespace, Dimensions, Metrics }: Directive,
  record: Record<string, unknown>,
  atMillis: number,
): readonly MetricDatum[] {
  if (typeof Namespace !== 'string') return [];
  const dimensionSets = list(Dimensions).map((names) => dimensionsOf(list(names), record));
  return list(Metrics).flatMap((metric) => {
    const name = String((metric as { Name?: unknown }).Name);
    const values = list(record[name] ?? []).filter((value) => typeof value === 'number');
    return (dimensionSets.length === 0 ? [{}] : dimensionSets).flatMap((dimensions) =>
      values.map((value) => ({
        metric: { namespace: Namespace, name, dimensions },
        sample: singleSample(atMillis, value),
      })),
    );
  });
}

function dimensionsOf(names: readonly unknown[], record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [String(name), String(record[String(name)])]));
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.includes('"_aws"')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
