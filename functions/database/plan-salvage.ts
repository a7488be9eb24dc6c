import * as z from 'zod';
import { CulpritSearch } from '../../shared/database/culprit.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import { planSalvage } from '../../shared/database/plan-salvage.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { s3Salvage } from '../../shared/database/s3-salvage.ts';
import { SalvageAccessEnv, salvageAccess } from '../../shared/database/salvage-access.ts';
import { amountOf, reviewLines, rowsByTable, type SalvagePlan } from '../../shared/database/salvage-plan.ts';
import { offerText, SalvageOffer } from '../../shared/database/salvage-report.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const PlanSalvageEnv = StepEnv.extend({
  REPORTS_BUCKET: z.string().min(1),
  SALVAGE_ROW_LIMIT: z.coerce.number().int().positive(),
  SALVAGE_TRANSACTION_ROW_LIMIT: z.coerce.number().int().positive(),
  ...DatabaseAccessEnv.shape,
  ...SalvageAccessEnv.shape,
});
export type PlanSalvageEnv = z.infer<typeof PlanSalvageEnv>;

/** Each table is read once on both sides; the state's own timeout comes after this. */
const STATEMENT_TIMEOUT_MILLIS = 240_000;

/** What was committed behind the restore point: what may be re-applied, rehearsed, and what people must look at. */
export const handler = step({
  name: 'PlanSalvage',
  sopStep: '-',
  input: StepInput.extend({
    /** The damaged database under the name by which it is kept. */
    damaged: DatabaseInstance,
    live: DatabaseInstance,
    restoreTime: Timestamp,
    timelineId: z.int().positive(),
    /** Null when nobody has looked for the culprit. */
    search: CulpritSearch.nullable(),
  }),
  output: SalvageOffer,
  env: PlanSalvageEnv,
  run: async ({ incidentId, damaged, live, restoreTime, timelineId, search }, { env }) => {
    const platform = await loadPlatformData();
    const options = { statementTimeoutMillis: STATEMENT_TIMEOUT_MILLIS };
    const planned = await withDatabase(
      requireEndpoint(damaged),
      env,
      (source) =>
        withDatabase(
          requireEndpoint(live),
          salvageAccess(env),
          (copy) =>
            planSalvage(source, copy, {
              platform,
              restoreTime,
              timelineId,
              culprits: [...(search?.culprit ? [search.culprit] : []), ...(search?.suspects ?? [])],
              culpritKnown: search?.culprit?.confidence === 'certain',
              rowLimit: env.SALVAGE_ROW_LIMIT,
              transactionRowLimit: env.SALVAGE_TRANSACTION_ROW_LIMIT,
            }),
          { ...options, readOnly: false },
        ),
      options,
    );
    const { offered, review, restored, obstacle, tables, sequences } = planned;
    const plan: SalvagePlan = {
      incidentId,
      restoreTime,
      timelineId,
      tables: [...tables],
      sequences: [...sequences],
      rows: offered.flatMap(({ rows }) => rows),
    };
    const files = s3Salvage(env.REPORTS_BUCKET, incidentId);
    const lines = reviewLines(planned, restored);
    return {
      found: amountOf([...offered, ...review]),
      offered: amountOf(offered),
      offeredByTable: rowsByTable(offered),
      review: amountOf(review),
      reviewReasons: reasonCounts(review),
      restoredRows: restored.length,
      obstacle,
      plan: offered.length === 0 ? null : await files.storePlan(plan),
      reviewKey: lines === '' ? null : await files.storeReview(lines),
    };
  },
  events: (offer, { restoreTime }) => [
    {
      type: 'salvage.planned',
      summary: `After ${restoreTime}: ${offerText(offer)}`,
      detail: offer,
    },
  ],
});

function reasonCounts(
  review: readonly { readonly reason: string; readonly rows: readonly unknown[] }[],
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, rows } of review) counts[reason] = (counts[reason] ?? 0) + rows.length;
  return counts;
}
