import type { AlarmDefinition, Comparison } from './alarm-definition.ts';
import { type AlarmStateValue, type Datapoint, isBreaching } from './alarm-evaluation.ts';

const phrases: Readonly<Record<Comparison, string>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

/** How CloudWatch writes a time within alarm events: with an offset and without a colon. */
export function alarmTime(millis: number): string {
  return new Date(millis).toISOString().replace('Z', '+0000');
}

/** `reason` of a state change, in the words of CloudWatch. */
export function alarmReason(
  alarm: AlarmDefinition,
  datapoints: readonly Datapoint[],
  value: AlarmStateValue,
): string {
  const recent = datapoints.slice(-alarm.evaluationPeriods);
  if (value === 'INSUFFICIENT_DATA')
    return 'Insufficient Data: no datapoint was received in the evaluation range.';
  if (recent.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${alarm.evaluationPeriods} periods and missing data is treated as [${alarm.missingData}].`;
  }
  const named = recent.filter((point) => isBreaching(alarm, point.value) === (value === 'ALARM'));
  const list = named.map((point) => `${point.value} (${new Date(point.atMillis).toISOString()})`).join(', ');
  const negation = value === 'ALARM' ? '' : 'not ';
  const verb = named.length === 1 ? 'was' : 'were';
  return `Threshold Crossed: ${named.length} out of the last ${alarm.evaluationPeriods} datapoints [${list}] ${verb} ${negation}${phrases[alarm.comparison]} the threshold (${alarm.threshold}) (minimum ${alarm.datapointsToAlarm} for OK -> ALARM transition).`;
}

/** `reasonData` of a state change: JSON text with the datapoints that were evaluated. */
export function alarmReasonData(
  alarm: AlarmDefinition,
  datapoints: readonly Datapoint[],
  atMillis: number,
): string {
  const recent = datapoints.slice(-alarm.evaluationPeriods);
  return JSON.stringify({
    version: '1.0',
    queryDate: alarmTime(atMillis),
    ...(recent[0] === undefined ? {} : { startDate: alarmTime(recent[0].atMillis) }),
    statistic: alarm.statistic,
    period: alarm.periodSeconds,
    recentDatapoints: recent.map(({ value }) => value),
    threshold: alarm.threshold,
    evaluatedDatapoints: recent
      .map(({ atMillis: pointMillis, sampleCount, value }) => ({
        timestamp: alarmTime(pointMillis),
        sampleCount,
        value,
      }))
      .reverse(),
  });
}
