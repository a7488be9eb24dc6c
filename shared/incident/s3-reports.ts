import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { once } from '../lambda/once.ts';
import type { IncidentReport } from './incident-report.ts';
import { reportHtml } from './report-html.ts';
import { reportMarkdown } from './report-markdown.ts';

const s3 = once(() => new S3Client({ maxAttempts: 3 }));

/** Where incident reports are kept. */
export interface Reports {
  /** Writes all forms of a report and gives their keys. A later report has the same keys: the bucket keeps every version. */
  store(report: IncidentReport): Promise<string[]>;
}

/** {@link Reports} as `reports/<incidentId>/…` in a bucket. Throws the SDK's errors. */
export function s3Reports(bucket: string): Reports {
  return {
    async store(report) {
      const files = [
        { name: 'report.md', type: 'text/markdown; charset=utf-8', body: reportMarkdown(report) },
        { name: 'report.html', type: 'text/html; charset=utf-8', body: reportHtml(report) },
        { name: 'timeline.json', type: 'application/json', body: json(report.view.timeline) },
        {
          name: 'metrics.json',
          type: 'application/json',
          body: json({
            incidentId: report.view.incidentId,
            severity: report.view.severity,
            kind: report.kind,
            metrics: report.metrics,
            adherence: report.adherence,
          }),
        },
      ].map((file) => ({ ...file, key: `reports/${report.view.incidentId}/${file.name}` }));
      await Promise.all(
        files.map(({ key, type, body }) =>
          s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type })),
        ),
      );
      return files.map(({ key }) => key);
    },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
