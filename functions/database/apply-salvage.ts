import * as z from 'zod';
import { applySalvage } from '../../shared/database/apply-salvage.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { SalvageRefused } from '../../shared/database/errors.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { s3Salvage } from '../../shared/database/s3-salvage.ts';
import { SalvageAccessEnv, salvageAccess } from '../../shared/database/salvage-access.ts';
import { SalvageAmount } from '../../shared/database/salvage-plan.ts';
import { SalvageOffer } from '../../shared/database/salvage-report.ts';
import { identifyServer, serverTime } from '../../shared/database/server-identity.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { dynamodbTradingStateReader } from '../../shared/trading/dynamodb-trading-state-reader.ts';

export const ApplySalvageEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  REPORTS_BUCKET: z.string().min(1),
  ...DatabaseAccessEnv.omit({ DATABASE_USER: true }).shape,
  ...SalvageAccessEnv.shape,
});
export type ApplySalvageEnv = z.infer<typeof ApplySalvageEnv>;

const STATEMENT_TIMEOUT_MILLIS = 240_000;

/** Writes what was approved, and that alone, in one transaction; repeating it changes nothing. */
export const handler = step({
  name: 'ApplySalvage',
  sopStep: '-',
  input: StepInput.extend({
    live: DatabaseInstance,
    offer: SalvageOffer,
    approval: z.object({ approvedBy: z.array(z.string()).min(1) }),
  }),
  output: z.object({
    salvaged: SalvageAmount,
    /** Of these, rows that an earlier attempt had written already. */
    foundRows: z.int().nonnegative(),
    /** When the last commit was made that is still missing; null when none is known of. */
    lastMissingCommitAt: SalvageAmount.shape.lastCommitAt,
    approvedBy: z.array(z.string()),
  }),
  env: ApplySalvageEnv,
  run: async ({ incidentId, live, offer, approval }, { env }) => {
    const trading = await dynamodbTradingStateReader(env.CONTROL_TABLE).read();
    if (trading !== undefined && trading.state !== 'HALTED')
      throw new SalvageRefused(
        `Trading is ${trading.state}: positions have moved on since the plan was made`,
      );
    if (offer.plan === null) throw new SalvageRefused('Nothing was offered: there is no plan to carry out');
    const [platform, plan] = await Promise.all([
      loadPlatformData(),
      s3Salvage(env.REPORTS_BUCKET, incidentId).loadPlan(offer.plan),
    ]);
    const { foundRows, writtenBy } = await withDatabase(
      requireEndpoint(live),
      salvageAccess(env),
      async (session) => {
        const { timelineId } = await identifyServer(session);
        if (timelineId !== plan.timelineId)
          throw new SalvageRefused(
            `${live.identifier}: is on timeline ${timelineId}, and the plan was made for ${plan.timelineId}`,
          );
        const applied = await applySalvage(session, platform, plan);
        return { ...applied, writtenBy: await serverTime(session) };
      },
      { readOnly: false, statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS },
    );
    // What was observed or sealed of the copy until now lacks the rows that are back.
    await dynamodbBaselines(env.CONTROL_TABLE, live.identifier).supersede({
      incidentId,
      after: plan.restoreTime,
      until: writtenBy,
    });
    return {
      salvaged: offer.offered,
      foundRows,
      lastMissingCommitAt: offer.review.lastCommitAt,
      approvedBy: approval.approvedBy,
    };
  },
  events: ({ salvaged, ...applied }) => [
    {
      type: 'salvage.applied',
      summary: `${salvaged.rows} rows of ${salvaged.transactions} transactions from after the restore point are back; every declared rule holds`,
      detail: { ...salvaged, ...applied },
    },
  ],
});
