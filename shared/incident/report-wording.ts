import type { Alternative } from '../assessment/down-alternatives.ts';
import type { RestorePoint } from '../database/restore-point.ts';
import { describePreview } from '../database/restore-point-choice.ts';
import type { StepAdherence } from './adherence.ts';
import { countText, durationText, percentText } from './duration-text.ts';
import type { IncidentReport } from './incident-report.ts';
import type { MeasuredMetric } from './metric-definitions.ts';

/** What only a person can know; the report asks for it in these words. */
export const HUMAN_PARTS = {
  rootCause: 'the technical root cause',
  contributingFactors: 'what contributed to it',
  userImpact: 'what users experienced, beyond the numbers above',
  financialImpact: 'the financial impact, if any',
  reputationImpact: 'an assessment of the reputation impact',
  wentWell: 'what went well that the clock does not show',
  improvements: 'what to improve in the response',
  actionItems: 'actions, each with an owner and a due date',
  lessons: 'the lessons learned',
} as const;

/** How a verdict on a metric is said. */
export const METRIC_VERDICTS: Record<MeasuredMetric['verdict'], string> = {
  kept: 'kept',
  broken: 'broken',
  pending: 'still open',
  'not-measured': 'not measured',
  'no-promise': 'no promise',
};

/** How a verdict on a step is said. */
export const STEP_VERDICTS: Record<StepAdherence['verdict'], string> = {
  'in-time': 'in time',
  late: 'late',
  missed: 'missed',
  pending: 'still to come',
};

/** The value of a metric with its unit. */
export function valueText({ definition, value }: MeasuredMetric): string {
  return value === null ? 'not measured' : amountText(value, definition.unit);
}

/** The promise of a metric with its unit. */
export function targetText({ definition, target }: MeasuredMetric): string {
  if (target === null) return 'none';
  const amount = amountText(target, definition.unit);
  return definition.better === 'lower' ? `at most ${amount}` : amount;
}

function amountText(value: number, unit: MeasuredMetric['definition']['unit']): string {
  if (unit === 'seconds') return durationText(value);
  return unit === 'share' ? percentText(value) : countText(value);
}

/** SOP template, "Affected Users: number and percentage". */
export function affectedUsersText({ affectedUsers, totalUsers }: IncidentReport): string {
  if (affectedUsers === null) return 'not measured';
  if (totalUsers === null || totalUsers === 0) return countText(affectedUsers);
  return `${countText(affectedUsers)} of ${countText(totalUsers)} (${percentText(affectedUsers / totalUsers)})`;
}

/** SOP template, "Duration". */
export function durationSentence({ durationSeconds, metrics }: IncidentReport): string {
  const text = durationText(durationSeconds);
  return metrics.recoverySeconds === null ? `${text} so far, not recovered` : text;
}

/** SOP template, "Data Integrity". */
export function integrityText({ metrics }: IncidentReport): string {
  if (metrics.dataIntegrity === null) return 'Not proven: no proof has run';
  return metrics.dataIntegrity === 1
    ? 'Proven on the live service: every check passed'
    : 'Not proven: the last proof failed';
}

/** What going back to the restore point cost. */
export function lossText({ metrics }: IncidentReport): string {
  if (metrics.rpoSeconds === null) return 'Nothing was restored from an earlier point';
  const rows = metrics.rpoRows === null ? 'an unknown number of' : countText(metrics.rpoRows);
  const transactions =
    metrics.rpoTransactions === null ? '' : ` in at most ${countText(metrics.rpoTransactions)} transactions`;
  const basis = metrics.rpoBasis === 'halt' ? ' (up to the halt: the last commit was not seen)' : '';
  return `${durationText(metrics.rpoSeconds)} of data: ${rows} rows${transactions}${basis}`;
}

/** What of that came back, and what did not. */
export function salvageText({ metrics, salvage }: IncidentReport): string {
  if (metrics.rpoSeconds === null) return 'Nothing was restored from an earlier point';
  if (salvage === null) return 'Nobody looked for what could come back';
  if (salvage.obstacle !== null) return `Nothing could be offered: ${salvage.obstacle}`;
  const review = `${countText(salvage.reviewRows)} rows are for review${salvage.reviewKey === null ? '' : ` (${salvage.reviewKey})`}`;
  if (salvage.salvagedRows === null)
    return `Nothing came back: ${countText(salvage.offeredRows)} rows were offered, and nobody agreed; ${review}`;
  const seconds = metrics.rpoSecondsAfterSalvage;
  const left = [
    seconds === null ? 'an unknown time' : durationText(seconds),
    `${metrics.rpoRowsAfterSalvage === null ? 'an unknown number of' : countText(metrics.rpoRowsAfterSalvage)} rows`,
    ...(metrics.rpoTransactionsAfterSalvage === null
      ? []
      : [`at most ${countText(metrics.rpoTransactionsAfterSalvage)} transactions`]),
  ];
  return `${countText(salvage.salvagedRows)} rows of ${countText(salvage.salvagedTransactions)} transactions came back; still lost: ${left.join(', ')}; ${review}`;
}

/** What an alternative would lose. */
export function expectedLossText({ expectedRpoSeconds }: Alternative): string {
  return expectedRpoSeconds === null ? 'unknown' : durationText(expectedRpoSeconds);
}

/** How long an alternative would take, and how that is known. */
export function expectedTimeText({ possible, expectedRtoSeconds, rtoLearned }: Alternative): string {
  if (expectedRtoSeconds === null) return possible ? 'as long as people need' : 'not possible';
  return `${durationText(expectedRtoSeconds)} (${rtoLearned ? 'by earlier ones' : 'typical of RDS'})`;
}

/** Whether the account can be trusted. */
export function chainText({ chainFaults, view, sealedBy }: IncidentReport): string {
  if (chainFaults.length === 0) {
    return `Sound: ${view.timeline.length} events, none changed, missing or out of order. Sealed by ${sealedBy}`;
  }
  const places = chainFaults.map(({ sequence, reason }) => `event ${sequence} ${reason}`).join('; ');
  return `BROKEN: ${places}. Do not rely on this report`;
}

/** Where the database went back to, why, and what that lost. */
export function restorePointText({ restoreTime, reason, preview }: Partial<RestorePoint>): string {
  if (restoreTime === undefined) return 'No restore point was chosen.';
  return `${restoreTime}: ${reason ?? 'no reason was given'}. ${describePreview(preview)}.`;
}
