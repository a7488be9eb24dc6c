import type { AlarmDefinition, Comparison } from './alarm-definition.ts';

export type AlarmStateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** The statistic over one period that has data. */
export interface Datapoint {
  readonly atMillis: number;
  readonly value: number;
  readonly sampleCount: number;
}

/** CloudWatch looks further back than the periods to evaluate, so that one late datapoint is not yet a gap. */
export const extraPeriods = 2;

const breaches: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Whether a value violates the threshold of the alarm. */
export function isBreaching(alarm: AlarmDefinition, value: number): boolean {
  return breaches[alarm.comparison](value, alarm.threshold);
}

/**
 * The state of an alarm from the datapoints of its evaluation range, oldest first; undefined to keep the present one.
 * Fewer datapoints than evaluation periods are filled as `TreatMissingData` says (CloudWatch user guide,
 * "Configuring how alarms treat missing data").
 */
export function evaluate(
  alarm: AlarmDefinition,
  datapoints: readonly Datapoint[],
): AlarmStateValue | undefined {
  const recent = datapoints.slice(-alarm.evaluationPeriods);
  const breaching = recent.filter(({ value }) => isBreaching(alarm, value)).length;
  const gaps = alarm.evaluationPeriods - recent.length;
  const decide = (count: number) => (count >= alarm.datapointsToAlarm ? 'ALARM' : 'OK');
  if (gaps === 0) return decide(breaching);
  switch (alarm.missingData) {
    case 'breaching':
      return decide(breaching + gaps);
    case 'notBreaching':
      return decide(breaching);
    case 'ignore':
      if (breaching >= alarm.datapointsToAlarm) return 'ALARM';
      return breaching + gaps < alarm.datapointsToAlarm ? 'OK' : undefined;
    case 'missing':
      if (recent.length === 0) return 'INSUFFICIENT_DATA';
      return breaching >= Math.min(alarm.datapointsToAlarm, recent.length) ? 'ALARM' : 'OK';
  }
}

/**
 * Whether a breach within a period that is still running can no longer be undone by further data: only then may the
 * alarm go off before the period ends. (A sum is taken to grow: the metrics of the system are not negative.)
 */
export function isBreachFinal({ statistic, comparison }: AlarmDefinition): boolean {
  if (comparison.startsWith('Greater')) return ['Maximum', 'Sum', 'SampleCount'].includes(statistic);
  return statistic === 'Minimum';
}
