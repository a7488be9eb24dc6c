import { type IncidentReport, incidentReport } from './incident-report.ts';
import { type MetricPoint, metricsToPublish } from './metric-publication.ts';
import type { Reports } from './s3-reports.ts';
import type { Timeline } from './timeline.ts';

/** What writing a report needs. */
export interface WriteReportPorts {
  readonly timeline: Timeline;
  readonly reports: Reports;
  readonly publish: (points: readonly MetricPoint[], report: IncidentReport) => void;
}

/** Who writes: the step's identity on the timeline. */
export interface ReportOrder {
  readonly incidentId: string;
  readonly executionId: string;
  /** Different in every try of the step. */
  readonly attempt: string;
  readonly writtenAt: string;
}

/** What was written. */
export interface WrittenReport {
  readonly kind: 'interim' | 'final';
  readonly keys: string[];
  readonly publishedMetrics: string[];
}

/**
 * SOP "Post-Incident Analysis": stores the report, says so on the timeline, and publishes the metrics. The event on the timeline is
 * the permission to publish: only the try that wrote it publishes, so that a repeated step counts nothing twice. A crash in the
 * instant between the two loses the metrics from CloudWatch; they stay in `metrics.json`.
 * @throws {IncidentUnknown} when the incident has no timeline.
 */
export async function writeReport(order: ReportOrder, ports: WriteReportPorts): Promise<WrittenReport> {
  const report = incidentReport(await ports.timeline.read(order.incidentId));
  const points = metricsToPublish(report);
  const written: WrittenReport = {
    kind: report.kind,
    keys: await ports.reports.store(report),
    publishedMetrics: points.map(({ name }) => name),
  };
  const { event } = await ports.timeline.append({
    incidentId: order.incidentId,
    key: `${order.executionId}/WriteIncidentReport/report.written/${report.kind}`,
    type: 'report.written',
    occurredAt: order.writtenAt,
    actor: { kind: 'machine', id: 'WriteIncidentReport' },
    step: 'Post-Incident',
    outcome: 'succeeded',
    summary: `The ${report.kind} report is in S3: ${written.keys.join(', ')}`,
    detail: { ...written, attempt: order.attempt },
  });
  if (event.detail.attempt === order.attempt) ports.publish(points, report);
  return written;
}
