import * as z from 'zod';
import { RestorePreflightFailed, RestoreTargetTaken } from '../../shared/database/errors.ts';
import {
  describeRestoreWindow,
  getInstance,
  type RdsInstance,
  summarizeInstance,
} from '../../shared/database/rds.ts';
import { describeQuotas } from '../../shared/database/rds-account.ts';
import {
  PreflightCheck,
  preflightChecks,
  preflightProblems,
  type RestoreFacts,
} from '../../shared/database/restore-preflight.ts';
import { findRestoreTarget, type RestoreTarget } from '../../shared/database/restore-target.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const PreflightRestoreEnv = StepEnv.extend({
  SUBNET_GROUP: z.string().min(1),
  PARAMETER_GROUP: z.string().min(1),
  OPTION_GROUP: z.string().min(1),
  KMS_KEY_ARN: z.string().min(1).optional(),
  MONITORING_ROLE_ARN: z.string().min(1).optional(),
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
  run: async ({ incidentId, sourceIdentifier, restoreTime }, { env }) => {
    const source = await getInstance(sourceIdentifier);
    const identity = { incidentId, sourceResourceId: source.DbiResourceId ?? '', restoreTime };
    const target = await targetOrProblem(sourceIdentifier, identity);
    if ('started' in target && target.started) return { ...target, checks: [] };
    const checks = preflightChecks(await restoreFacts(source, restoreTime, target, env));
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

async function targetOrProblem(
  ...where: Parameters<typeof findRestoreTarget>
): Promise<RestoreTarget | { readonly problem: string }> {
  try {
    return await findRestoreTarget(...where);
  } catch (error) {
    if (error instanceof RestoreTargetTaken) return { problem: error.message };
    throw error;
  }
}

async function restoreFacts(
  source: RdsInstance,
  restoreTime: string,
  target: RestoreFacts['target'],
  env: PreflightRestoreEnv,
): Promise<RestoreFacts> {
  const [window, quotas] = await Promise.all([
    describeRestoreWindow(source.DbiResourceId ?? ''),
    describeQuotas(),
  ]);
  const { earliestRestorableTime, latestRestorableTime } = summarizeInstance(source, window);
  return {
    restoreTime,
    source,
    window: window && { earliest: earliestRestorableTime, latest: latestRestorableTime },
    target,
    quotas,
    storageKey: null,
    granted: {
      subnetGroup: env.SUBNET_GROUP,
      parameterGroup: env.PARAMETER_GROUP,
      optionGroup: env.OPTION_GROUP,
      kmsKeyArn: env.KMS_KEY_ARN,
      monitoringRoleArn: env.MONITORING_ROLE_ARN,
    },
  };
}
