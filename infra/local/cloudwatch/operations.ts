import type { Operation, WireInput } from '../json-protocol/json-service.ts';
import { pageOf } from '../json-protocol/page.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import {
  epochSeconds,
  integerWithin,
  optionalString,
  optionalTime,
  requiredString,
  stringList,
} from '../json-protocol/wire-input.ts';
import type { AlarmStateValue } from './alarm-evaluation.ts';
import type { Alarms } from './alarms.ts';
import type { MetricDatum } from './metric.ts';
import { metricData, readMetricData } from './metric-data.ts';
import type { MetricStore } from './metric-store.ts';

/** The operations of the CloudWatch API that the laptop answers. */
export function cloudWatchOperations(
  alarms: Alarms,
  store: MetricStore,
  ingest: (data: readonly MetricDatum[]) => void,
  timeScale: number,
): Readonly<Record<string, Operation>> {
  return {
    DescribeAlarms: (input) => describeAlarms(alarms, input),
    DescribeAlarmHistory: (input) => describeAlarmHistory(alarms, input),
    SetAlarmState: (input) => {
      const name = requiredString(input, 'AlarmName');
      const value = stateValue(requiredString(input, 'StateValue'));
      const reasonData = optionalString(input, 'StateReasonData');
      if (!alarms.setState(name, value, requiredString(input, 'StateReason'), reasonData)) {
        throw new ServiceError('ResourceNotFound', `There is no alarm '${name}'`, 404);
      }
    },
    PutMetricData: (input) => ingest(readMetricData(input)),
    GetMetricData: (input) => metricData(input, store, timeScale),
  };
}

function stateValue(value: string): AlarmStateValue {
  if (value === 'OK' || value === 'ALARM' || value === 'INSUFFICIENT_DATA') return value;
  throw new ServiceError('InvalidParameterValue', `StateValue: '${value}' is not a state of an alarm`);
}

function describeAlarms(alarms: Alarms, input: WireInput) {
  const names = stringList(input, 'AlarmNames');
  const prefix = optionalString(input, 'AlarmNamePrefix') ?? '';
  const wanted = optionalString(input, 'StateValue');
  const matching = alarms
    .all()
    .filter(({ definition }) => names.length === 0 || names.includes(definition.name))
    .filter(({ definition }) => definition.name.startsWith(prefix))
    .filter(({ state }) => wanted === undefined || state.value === wanted);
  const page = pageOf(matching, maxRecords(input), optionalString(input, 'NextToken'), 'InvalidNextToken');
  return { MetricAlarms: page.items.map(metricAlarm), CompositeAlarms: [], NextToken: page.nextToken };
}

function metricAlarm({ definition, state, configuredMillis }: ReturnType<Alarms['all']>[number]) {
  const { metric } = definition;
  return {
    AlarmName: definition.name,
    AlarmArn: definition.arn,
    AlarmDescription: definition.description,
    AlarmConfigurationUpdatedTimestamp: configuredMillis / 1000,
    ActionsEnabled: definition.actionsEnabled,
    OKActions: definition.okActions,
    AlarmActions: definition.alarmActions,
    InsufficientDataActions: definition.insufficientDataActions,
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: state.sinceMillis / 1000,
    StateTransitionedTimestamp: state.sinceMillis / 1000,
    MetricName: metric.name,
    Namespace: metric.namespace,
    Statistic: definition.statistic,
    Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Period: definition.periodSeconds,
    EvaluationPeriods: definition.evaluationPeriods,
    DatapointsToAlarm: definition.datapointsToAlarm,
    Threshold: definition.threshold,
    ComparisonOperator: definition.comparison,
    TreatMissingData: definition.missingData,
  };
}

function describeAlarmHistory(alarms: Alarms, input: WireInput) {
  const name = optionalString(input, 'AlarmName');
  const type = optionalString(input, 'HistoryItemType');
  const fromMillis = optionalTime(input, 'StartDate')?.getTime() ?? Number.NEGATIVE_INFINITY;
  const untilMillis = optionalTime(input, 'EndDate')?.getTime() ?? Number.POSITIVE_INFINITY;
  const matching = alarms.history
    .filter(({ alarmName }) => name === undefined || alarmName === name)
    .filter((item) => type === undefined || item.type === type)
    .filter(({ atMillis }) => atMillis >= fromMillis && atMillis <= untilMillis);
  const sorted = input.ScanBy === 'TimestampAscending' ? matching : matching.toReversed();
  const page = pageOf(sorted, maxRecords(input), optionalString(input, 'NextToken'), 'InvalidNextToken');
  return {
    AlarmHistoryItems: page.items.map((item) => ({
      AlarmName: item.alarmName,
      AlarmType: 'MetricAlarm',
      Timestamp: epochSeconds(new Date(item.atMillis)),
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    NextToken: page.nextToken,
  };
}

function maxRecords(input: WireInput): number {
  return integerWithin(input, 'MaxRecords', { minimum: 1, maximum: 100, default: 50 });
}
