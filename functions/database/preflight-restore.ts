import * as z from 'zod';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import {
  RestorePointSuperseded,
  RestorePreflightFailed,
  RestoreTargetTaken,
} from '../../shared/database/errors.ts';
import { describeStorageKey } from '../../shared/database/kms.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import {
  PreflightCheck,
  preflightChecks,
  preflightProblems,
  type RestoreFacts,
  usedKey,
} from '../../shared/database/restore-preflight.ts';
import { findNameAside, findRestoreTarget } from '../../shared/database/restore-target.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { missedRequest } from '../../shared/incident/requested-point.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const PreflightRestoreEnv = StepEnv.extend({
  SUBNET_GROUP: z.string().min(1),
  PARAMETER_GROUP: z.string().min(1),
  OPTION_GROUP: z.string().min(1),
  CLUSTER_PARAMETER_GROUP: z.string().min(1).optional(),
  KMS_KEY_ARN: z.string().min(1).optional(),
  MONITORING_ROLE_ARN: z.string().min(1).optional(),
  DATABASE_SECURITY_GROUP_ID: z.string().min(1),
  QUARANTINE_SECURITY_GROUP_ID: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type PreflightRestoreEnv = z.infer<typeof PreflightRestoreEnv>;

/** Before SOP Point-in-Time Recovery step 3: everything that would make the restore fail is found at once, and nothing is created. */
export const handler = step({
  name: 'PreflightRestore',
  sopStep: 'PITR 3',
  input: StepInput.extend({ sourceIdentifier: z.string().min(1), restoreTime: Timestamp }),
  output: z.object({
    identifier: z.string(),
    /** True when this incident has had the copy started already: what it needed, it has. */
    started: z.boolean(),
    checks: z.array(PreflightCheck),
  }),
  env: PreflightRestoreEnv,
  run: async ({ incidentId, sourceIdentifier, restoreTime }, { env, clock }) => {
    const missed = missedRequest(await dynamodbTimeline(env.TIMELINE_TABLE, clock).read(incidentId));
    if (missed !== undefined) {
      throw new RestorePointSuperseded(
        `restoreTime: ${restoreTime} was chosen while another was asked for: ${missed.summary}`,
      );
    }
    const databases = databaseService(env);
    const source = await requireDatabase(databases, sourceIdentifier);
    const identity = { incidentId, sourceResourceId: source.resourceId, restoreTime };
    const target = await nameOrProblem(() => findRestoreTarget(databases, sourceIdentifier, identity));
    if ('started' in target && target.started) return { ...target, checks: [] };
    const [window, needs, aside] = await Promise.all([
      databases.restoreWindow(source),
      databases.restoreNeeds(source),
      nameOrProblem(() => findNameAside(databases, sourceIdentifier, incidentId)),
    ]);
    const storageKey =
      env.KMS_KEY_ARN === undefined || usedKey(needs) === undefined
        ? null
        : await describeStorageKey(env.KMS_KEY_ARN);
    const granted = grantedSettings(env);
    const groups = {
      database: env.DATABASE_SECURITY_GROUP_ID,
      quarantine: env.QUARANTINE_SECURITY_GROUP_ID,
    };
    const facts = { restoreTime, source, window, target, aside, needs, storageKey, granted, groups };
    const checks = preflightChecks(facts);
    const problems = preflightProblems(checks);
    if (problems.length > 0 || 'problem' in target)
      throw new RestorePreflightFailed(sourceIdentifier, problems);
    return { ...target, checks };
  },
  events: ({ identifier, started, checks }, { restoreTime }) => [
    {
      type: 'restore.preflighted',
      discriminator: restoreTime,
      summary: started
        ? `${identifier} was started before by this incident: nothing more has to be checked`
        : `${restoreTime} can be restored into ${identifier}: ${checks.length} checks passed`,
      detail: { identifier, started, checks },
    },
  ],
});

async function nameOrProblem<Found>(
  find: () => Promise<Found>,
): Promise<Found | { readonly problem: string }> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof RestoreTargetTaken) return { problem: error.message };
    throw error;
  }
}

function grantedSettings(env: PreflightRestoreEnv): RestoreFacts['granted'] {
  return {
    'subnet group': env.SUBNET_GROUP,
    'parameter group': env.PARAMETER_GROUP,
    'option group': env.OPTION_GROUP,
    'cluster parameter group': env.CLUSTER_PARAMETER_GROUP,
    'storage key': env.KMS_KEY_ARN,
    'monitoring role': env.MONITORING_ROLE_ARN,
  };
}
