import type { BusEvent } from '../event-bridge/bus-event.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import type { AlarmStateValue } from './alarm-evaluation.ts';
import { alarmTime } from './alarm-reason.ts';

/** A state that an alarm is or was in. */
export interface AlarmState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  /** JSON text. */
  readonly reasonData?: string;
  readonly sinceMillis: number;
}

/** The event `CloudWatch Alarm State Change`. */
export function alarmStateChange(
  alarm: AlarmDefinition,
  state: AlarmState,
  previousState: AlarmState,
): BusEvent {
  const { metric } = alarm;
  return {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    time: new Date(state.sinceMillis),
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      state: eventState(state),
      previousState: eventState(previousState),
      configuration: {
        ...(alarm.description === undefined ? {} : { description: alarm.description }),
        metrics: [
          {
            id: 'm1',
            metricStat: {
              metric: {
                namespace: metric.namespace,
                name: metric.name,
                dimensions: metric.dimensions,
              },
              period: alarm.periodSeconds,
              stat: alarm.statistic,
            },
            returnData: true,
          },
        ],
      },
    },
  };
}

function eventState({ value, reason, reasonData, sinceMillis }: AlarmState) {
  return {
    value,
    reason,
    ...(reasonData === undefined ? {} : { reasonData }),
    timestamp: alarmTime(sinceMillis),
  };
}

/** The message that CloudWatch publishes to the topics of an alarm's actions. */
export function alarmMessage(
  alarm: AlarmDefinition,
  state: AlarmState,
  previousState: AlarmState,
  scope: { readonly accountId: string; readonly region: string },
): { readonly subject: string; readonly body: string } {
  const { metric } = alarm;
  return {
    // Subjects of SNS end at 100 characters.
    subject: `${state.value}: "${alarm.name}" in ${scope.region}`.slice(0, 100),
    body: JSON.stringify({
      AlarmName: alarm.name,
      AlarmDescription: alarm.description ?? null,
      AWSAccountId: scope.accountId,
      NewStateValue: state.value,
      NewStateReason: state.reason,
      StateChangeTime: alarmTime(state.sinceMillis),
      Region: scope.region,
      AlarmArn: alarm.arn,
      OldStateValue: previousState.value,
      OKActions: alarm.okActions,
      AlarmActions: alarm.alarmActions,
      InsufficientDataActions: alarm.insufficientDataActions,
      Trigger: {
        MetricName: metric.name,
        Namespace: metric.namespace,
        StatisticType: 'Statistic',
        Statistic: alarm.statistic.toUpperCase(),
        Unit: null,
        Dimensions: Object.entries(metric.dimensions).map(([name, value]) => ({ value, name })),
        Period: alarm.periodSeconds,
        EvaluationPeriods: alarm.evaluationPeriods,
        DatapointsToAlarm: alarm.datapointsToAlarm,
        ComparisonOperator: alarm.comparison,
        Threshold: alarm.threshold,
        TreatMissingData: alarm.missingData,
      },
    }),
  };
}
