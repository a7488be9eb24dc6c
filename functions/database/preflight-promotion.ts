import * as z from 'zod';
import { DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { PromotionPreflightFailed } from '../../shared/database/errors.ts';
import { promotionProblems, replicaState } from '../../shared/database/promotion-preflight.ts';
import { getInstance } from '../../shared/database/rds.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const PreflightPromotionEnv = StepEnv.extend({ DATABASE_IDENTIFIER: z.string().min(1) });
export type PreflightPromotionEnv = z.infer<typeof PreflightPromotionEnv>;

/** Before a replica is promoted, for good: everything that would make it unfit for the place of its source is found at once. */
export const handler = step({
  name: 'PreflightPromotion',
  sopStep: '3',
  input: StepInput.extend({ replica: z.string().min(1) }),
  output: z.object({
    source: DatabaseInstance,
    copy: DatabaseInstance,
    /** Where the replica stood when this incident promoted it; null while it has not. */
    promotedAt: Timestamp.nullable(),
  }),
  env: PreflightPromotionEnv,
  run: async ({ incidentId, replica }, { env }) => {
    const [source, found] = await Promise.all([getInstance(env.DATABASE_IDENTIFIER), getInstance(replica)]);
    const problems = promotionProblems(source, found, incidentId);
    if (problems.length > 0) throw new PromotionPreflightFailed(replica, problems);
    const state = replicaState(source, found, incidentId);
    const seen = seenInstance(source);
    return {
      source: summarizeDatabase(seen, await rdsInstances.restoreWindow(seen)),
      copy: summarizeDatabase(seenInstance(found)),
      promotedAt: state?.kind === 'promoted' ? state.restoreTime : null,
    };
  },
  events: ({ source, copy, promotedAt }) => [
    {
      type: 'promotion.preflighted',
      summary:
        promotedAt === null
          ? `${copy.identifier} can take the place of ${source.identifier}`
          : `${copy.identifier} was promoted before by this incident, with all commits until ${promotedAt}`,
      detail: { replica: copy.identifier, source: source.identifier, promotedAt },
    },
  ],
});
