import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { detailOf } from './event-detail.ts';
import type { IncidentReport } from './incident-report.ts';
import type { MetricDefinition } from './metric-definitions.ts';

/** A value on its way to CloudWatch. */
export interface MetricPoint {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Seconds' | 'Percent';
}

/**
 * What this report adds to CloudWatch: each metric once an incident, as soon as its value can no longer change. What an earlier
 * report published is left out, and so is what was not measured.
 */
export function metricsToPublish(report: IncidentReport): MetricPoint[] {
  const known = new Set(
    report.view.timeline.flatMap((event) => detailOf(event, 'report.written').publishedMetrics ?? []),
  );
  return report.measured.flatMap(({ definition, value }) => {
    const { published } = definition;
    const settled = published?.settledBy === 'interim' || report.kind === 'final';
    if (published === null || value === null || !settled || known.has(published.name)) return [];
    return [{ name: published.name, ...converted(value, definition) }];
  });
}

function converted(value: number, { unit }: MetricDefinition): Pick<MetricPoint, 'value' | 'unit'> {
  return unit === 'share' ? { value: value * 100, unit: 'Percent' } : { value, unit: 'Seconds' };
}

/** Writes the points to the log in CloudWatch's embedded metric format: namespace `TestudoRecovery`, dimension `Severity`. */
export function publishMetrics(points: readonly MetricPoint[], report: IncidentReport): void {
  if (points.length === 0) return;
  const metrics = new Metrics({ namespace: 'TestudoRecovery' });
  metrics.clearDefaultDimensions();
  metrics.addDimension('Severity', report.view.severity);
  metrics.addMetadata('incidentId', report.view.incidentId);
  for (const { name, value, unit } of points) metrics.addMetric(name, MetricUnit[unit], value);
  metrics.publishStoredMetrics();
}
