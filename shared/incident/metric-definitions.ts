import type { StepAdherence } from './adherence.ts';
import type { IncidentMetrics } from './metrics.ts';
import { SEVERITY_TARGETS, type Severity } from './severity.ts';

/** The metrics that have a number. */
type MetricName = Exclude<keyof IncidentMetrics, 'rpoBasis'>;

/** What a metric means and what the SOP promises of it. */
export interface MetricDefinition {
  readonly name: MetricName;
  readonly title: string;
  readonly unit: 'seconds' | 'rows' | 'transactions' | 'share';
  readonly start: string;
  readonly stop: string;
  /** The promise for a severity; null where the SOP makes none. */
  readonly target: (severity: Severity) => number | null;
  /** Whether the promise is kept by staying at or below it, or by reaching it. */
  readonly better: 'lower' | 'higher';
  /** The CloudWatch metric, and from which report on its value can no longer change; null when it is not published. */
  readonly published: { readonly name: string; readonly settledBy: 'interim' | 'final' } | null;
}

const MINUTE = 60;
const criticalOnly = (seconds: number) => (severity: Severity) => (severity === 'P0' ? seconds : null);
const always = (value: number) => () => value;
const none = () => null;

/** SOP-003 "Recovery Metrics", each with the events that define it. */
export const METRIC_DEFINITIONS: readonly MetricDefinition[] = [
  {
    name: 'detectionSeconds',
    title: 'Time to detection',
    unit: 'seconds',
    start: 'fault: `faultNotBefore` of the first `integrity.assessed` that knows it',
    stop: 'first `incident.detected`',
    target: criticalOnly(5 * MINUTE),
    better: 'lower',
    published: { name: 'DetectionSeconds', settledBy: 'interim' },
  },
  {
    name: 'responseSeconds',
    title: 'Time to response',
    unit: 'seconds',
    start: 'first `incident.detected`',
    stop: 'later of `trading.halted` (P0 only) and the first of `contacts.notified` and `incident.activated`',
    target: (severity) => (severity === 'P0' ? 15 * MINUTE : SEVERITY_TARGETS[severity].responseSeconds),
    better: 'lower',
    published: { name: 'ResponseSeconds', settledBy: 'interim' },
  },
  {
    name: 'recoverySeconds',
    title: 'Time to recovery',
    unit: 'seconds',
    start: 'first `incident.detected`',
    stop: 'last `trading.resumed`; `service.proven` when trading never stopped',
    target: (severity) => SEVERITY_TARGETS[severity].resolutionSeconds,
    better: 'lower',
    published: { name: 'RecoverySeconds', settledBy: 'final' },
  },
  {
    name: 'rpoSeconds',
    title: 'Recovery point (time lost)',
    unit: 'seconds',
    start: '`restoreTime` of the last `restore-point.chosen`',
    stop: 'last commit on the damaged database (`restore.verified`, else `integrity.assessed`, else the halt)',
    target: always(15 * MINUTE),
    better: 'lower',
    published: { name: 'RpoSeconds', settledBy: 'final' },
  },
  {
    name: 'rpoTransactions',
    title: 'Recovery point (transactions lost)',
    unit: 'transactions',
    start: 'last `restore-point.chosen`',
    stop: '`transactionsAfterPoint` of `restore.verified`, else `estimatedLoss` of `integrity.assessed`',
    target: none,
    better: 'lower',
    published: null,
  },
  {
    name: 'rpoRows',
    title: 'Recovery point (rows lost)',
    unit: 'rows',
    start: 'last `restore-point.chosen`',
    stop: '`rowsAfterPoint` of `restore.verified`, else `estimatedLoss` of `integrity.assessed`',
    target: none,
    better: 'lower',
    published: null,
  },
  {
    name: 'rpoSecondsAfterSalvage',
    title: 'Recovery point after salvage (time)',
    unit: 'seconds',
    start: '`restoreTime` of the last `restore-point.chosen`',
    stop: '`lastMissingCommitAt` of `salvage.applied`; as `rpoSeconds` when nothing was salvaged',
    target: none,
    better: 'lower',
    published: null,
  },
  {
    name: 'rpoTransactionsAfterSalvage',
    title: 'Recovery point after salvage (transactions)',
    unit: 'transactions',
    start: '`rpoTransactions`',
    stop: 'less the `transactions` of `salvage.applied`',
    target: none,
    better: 'lower',
    published: null,
  },
  {
    name: 'rpoRowsAfterSalvage',
    title: 'Recovery point after salvage (rows)',
    unit: 'rows',
    start: '`rpoRows`',
    stop: 'less the `insertedRows` of `salvage.applied`',
    target: none,
    better: 'lower',
    published: null,
  },
  {
    name: 'userNoticeSeconds',
    title: 'Time to user notice',
    unit: 'seconds',
    start: 'first `incident.detected`',
    stop: 'first `user-notice.sent` that tells of the trouble',
    target: always(10 * MINUTE),
    better: 'lower',
    published: { name: 'UserNoticeSeconds', settledBy: 'interim' },
  },
  {
    name: 'dataIntegrity',
    title: 'Data integrity after recovery',
    unit: 'share',
    start: 'a failed proof (`step.failed` of a proving state)',
    stop: 'last `service.proven`',
    target: always(1),
    better: 'higher',
    published: null,
  },
  {
    name: 'adherence',
    title: 'Process adherence',
    unit: 'share',
    start: 'all steps that the SOP requires of this severity and strategy',
    stop: 'those done in time',
    target: always(1),
    better: 'higher',
    published: { name: 'AdherencePercent', settledBy: 'final' },
  },
];

/** A metric of one incident beside what was promised. */
export interface MeasuredMetric {
  readonly definition: MetricDefinition;
  readonly value: number | null;
  readonly target: number | null;
  /** `pending`: not reached yet, and nothing has been missed so far. */
  readonly verdict: 'kept' | 'broken' | 'pending' | 'not-measured' | 'no-promise';
}

/**
 * Every metric of an incident, measured against the promise for its severity. While steps are still to come and none was missed,
 * the adherence is pending and not broken.
 */
export function measure(
  metrics: IncidentMetrics,
  severity: Severity,
  steps: readonly StepAdherence[],
): MeasuredMetric[] {
  const adherencePending =
    steps.some(({ verdict }) => verdict === 'pending') &&
    steps.every(({ verdict }) => verdict === 'pending' || verdict === 'in-time');
  return METRIC_DEFINITIONS.map((definition) => {
    const value = metrics[definition.name];
    const target = definition.target(severity);
    const pending = definition.name === 'adherence' && adherencePending;
    return {
      definition,
      value,
      target,
      verdict: pending ? 'pending' : judge(value, target, definition.better),
    };
  });
}

function judge(
  value: number | null,
  target: number | null,
  better: MetricDefinition['better'],
): MeasuredMetric['verdict'] {
  if (value === null) return 'not-measured';
  if (target === null) return 'no-promise';
  return (better === 'lower' ? value <= target : value >= target) ? 'kept' : 'broken';
}
