import * as z from 'zod';
import { CutOverProxyEnv } from '../../shared/database/cut-over-input.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { DifferenceUnexplained } from '../../shared/database/errors.ts';
import { comparePictures } from '../../shared/database/instance-comparison.ts';
import { asBeforeCutOver } from '../../shared/database/rds-cut-over.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import {
  RecordedComparison,
  recordedComparison,
  refusalDigest,
} from '../../shared/database/recorded-comparison.ts';
import { requireExplained } from '../../shared/database/require-explained.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { putDocument } from '../../shared/lambda/s3.ts';

export const CompareRestoredDatabaseEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  REPORTS_BUCKET: z.string().min(1),
  ...DatabaseServiceEnv.shape,
  ...CutOverProxyEnv.shape,
});
export type CompareRestoredDatabaseEnv = z.infer<typeof CompareRestoredDatabaseEnv>;

/**
 * Nothing that the source had may be lost on the copy: every field of both is compared, the whole is kept in S3, and one difference
 * that no rule explains blocks the cut-over.
 */
export const handler = step({
  name: 'CompareRestoredDatabase',
  sopStep: 'PITR 5',
  input: StepInput.extend({ sourceIdentifier: z.string().min(1), identifier: z.string().min(1) }),
  output: RecordedComparison,
  env: CompareRestoredDatabaseEnv,
  run: async ({ incidentId, executionId, sourceIdentifier, identifier }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const begun = await dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock).read();
    const databases = databaseService(env);
    const found = await requireDatabase(databases, sourceIdentifier);
    const { source, copy, rules } = await databases.pictures(asBeforeCutOver(found, begun), identifier);
    const names = { source: source.names, copy: copy.names, proxyName: env.CUT_OVER_PROXY?.name };
    const comparison = comparePictures(source.picture, copy.picture, names, rules);
    const key = `reports/${incidentId}/difference-${identifier}.json`;
    await putDocument({
      bucket: env.REPORTS_BUCKET,
      key,
      contentType: 'application/json',
      body: JSON.stringify({ comparedAt: clock.now().toISOString(), ...comparison, source, copy }, null, 2),
    });
    const recorded = recordedComparison(comparison, {
      sourceIdentifier,
      copyIdentifier: identifier,
      key,
    });
    requireExplained(recorded);
    return recorded;
  },
  events: (recorded) => [
    {
      type: 'restore.compared',
      summary: `${recorded.copyIdentifier} differs from ${recorded.sourceIdentifier} in ${recorded.explained.length} of ${recorded.comparedFields} fields, each for a known reason`,
      detail: recorded,
    },
  ],
  refusal: (error) =>
    error instanceof DifferenceUnexplained
      ? {
          type: 'restore.compared',
          outcome: 'refused',
          summary: `The cut-over is blocked: ${error.message}`,
          detail: error.comparison,
          discriminator: refusalDigest(error.comparison),
        }
      : undefined,
});
