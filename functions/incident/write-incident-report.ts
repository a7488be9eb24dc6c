import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { publishMetrics } from '../../shared/incident/metric-publication.ts';
import { s3Reports } from '../../shared/incident/s3-reports.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { writeReport } from '../../shared/incident/write-report.ts';

export const WriteIncidentReportEnv = StepEnv.extend({ REPORTS_BUCKET: z.string() });
export type WriteIncidentReportEnv = z.infer<typeof WriteIncidentReportEnv>;

/** SOP "Post-Incident Analysis": report and metrics, computed from the timeline. Its event is written inside, before the metrics go out. */
export const handler = step({
  name: 'WriteIncidentReport',
  sopStep: 'Post-Incident',
  input: StepInput,
  output: z.object({
    kind: z.enum(['interim', 'final']),
    keys: z.array(z.string()),
    publishedMetrics: z.array(z.string()),
  }),
  env: WriteIncidentReportEnv,
  run: ({ incidentId, executionId }, { env, clock }) =>
    writeReport(
      { incidentId, executionId, attempt: randomUUID(), writtenAt: clock.now().toISOString() },
      {
        timeline: dynamodbTimeline(env.TIMELINE_TABLE, clock),
        reports: s3Reports(env.REPORTS_BUCKET),
        publish: publishMetrics,
      },
    ),
  events: () => [],
});
