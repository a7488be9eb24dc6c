import { createHash } from 'node:crypto';
import * as z from 'zod';
import { collectDiagnostics } from '../../shared/database/diagnostics.ts';
import { DatabaseUnreachable } from '../../shared/database/errors.ts';
import { DatabaseAccessEnv, DatabaseEndpointEnv, withDatabase } from '../../shared/database/postgres.ts';
import { Incident } from '../../shared/incident/incident.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { putDocument } from '../../shared/lambda/s3.ts';

export const CollectDatabaseDiagnosticsEnv = StepEnv.extend({
  REPORTS_BUCKET: z.string().min(1),
  ...DatabaseEndpointEnv.shape,
  ...DatabaseAccessEnv.shape,
});
export type CollectDatabaseDiagnosticsEnv = z.infer<typeof CollectDatabaseDiagnosticsEnv>;

/** SOP step 1.4: what the database itself says, to S3. That it says nothing is kept too. */
export const handler = step({
  name: 'CollectDatabaseDiagnostics',
  sopStep: '1.4',
  input: StepInput.extend({ incident: Incident }),
  output: z.object({ reachable: z.boolean(), keys: z.array(z.string()) }),
  env: CollectDatabaseDiagnosticsEnv,
  run: async ({ incidentId, executionId }, { env, clock }) => {
    const endpoint = { host: env.DATABASE_HOST, port: env.DATABASE_PORT };
    const collectedAt = clock.now().toISOString();
    const diagnostics = await withDatabase(endpoint, env, collectDiagnostics).catch((error: unknown) => {
      if (error instanceof DatabaseUnreachable) return { unreachable: error.message };
      throw error;
    });
    // The same execution writes the same key, however often the step is repeated.
    const attempt = createHash('sha256').update(executionId).digest('hex').slice(0, 8);
    const key = `diagnostics/${incidentId}/database-${attempt}.json`;
    await putDocument({
      bucket: env.REPORTS_BUCKET,
      key,
      contentType: 'application/json',
      body: JSON.stringify({ collectedAt, endpoint, ...diagnostics }, undefined, 2),
    });
    return { reachable: !('unreachable' in diagnostics), keys: [key] };
  },
  events: ({ reachable, keys }) => [
    {
      type: 'diagnostics.collected',
      summary: reachable
        ? `The database's activity, locks, settings and sizes are in ${keys.join(', ')}`
        : `The database could not be asked; the reason is in ${keys.join(', ')}`,
      detail: { reachable, keys },
    },
  ],
});
