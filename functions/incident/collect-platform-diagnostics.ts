import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { alarmHistory } from '../../shared/incident/cloudwatch.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { collectPlatformDiagnostics, missingParts } from '../../shared/incident/platform-diagnostics.ts';
import { Severity } from '../../shared/incident/severity.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { jsonVariable } from '../../shared/lambda/json-variable.ts';
import { putDocument } from '../../shared/lambda/s3.ts';

const LOG_LINES = 500;
const ALARM_HISTORY_SECONDS = 24 * 3600;

export const CollectPlatformDiagnosticsEnv = StepEnv.extend({
  DATABASE_IDENTIFIER: z.string(),
  REPORTS_BUCKET: z.string(),
  ALARM_SEVERITIES: jsonVariable(z.record(z.string(), Severity)),
  ...DatabaseServiceEnv.shape,
});
export type CollectPlatformDiagnosticsEnv = z.infer<typeof CollectPlatformDiagnosticsEnv>;

/** SOP step 1.4: instance description, last log lines and alarm history of a day, kept in S3 before anything is changed. */
export const handler = step({
  name: 'CollectPlatformDiagnostics',
  sopStep: '1.4',
  input: StepInput.extend({ incident: Incident }),
  output: z.object({ key: z.string(), missing: z.array(z.string()) }),
  env: CollectPlatformDiagnosticsEnv,
  run: async ({ incidentId, incident }, { env, clock }) => {
    const since = addSeconds(incident.detectedAt, -ALARM_HISTORY_SECONDS);
    const databases = databaseService(env);
    const diagnostics = await collectPlatformDiagnostics(
      incidentId,
      clock.now().toISOString(),
      Object.keys(env.ALARM_SEVERITIES),
      {
        instance: () => databases.wholeDescription(env.DATABASE_IDENTIFIER),
        logLines: () => databases.recentLogLines(env.DATABASE_IDENTIFIER, LOG_LINES),
        alarmHistory: (name) => alarmHistory(name, since),
      },
    );
    const key = `diagnostics/${incidentId}/platform.json`;
    await putDocument({
      bucket: env.REPORTS_BUCKET,
      key,
      contentType: 'application/json',
      body: JSON.stringify(diagnostics, null, 2),
    });
    return { key, missing: missingParts(diagnostics) };
  },
  events: ({ key, missing }) => [
    {
      type: 'diagnostics.collected',
      outcome: missing.length === 0 ? 'succeeded' : 'failed',
      summary:
        missing.length === 0
          ? `Instance, log and alarm history are kept in ${key}`
          : `Kept in ${key}, without ${missing.join(', ')}`,
      detail: { key, missing },
    },
  ],
});
