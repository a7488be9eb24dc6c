import {
  type AccountScope,
  arn,
  type JsonObject,
  type JsonService,
  type Permission,
  text,
} from './service.ts';

/** CloudWatch. Only alarms have resources; metrics have none ("Amazon CloudWatch" in the reference). */
export const cloudWatch: JsonService = {
  signingName: 'monitoring',
  eventSource: 'monitoring.amazonaws.com',
  protocol: 'json',
  operations: {
    DescribeAlarms: onAlarms('DescribeAlarms', (input) => names(input, 'AlarmNames')),
    DescribeAlarmHistory: onAlarms('DescribeAlarmHistory', (input) => [text(input, 'AlarmName')]),
    SetAlarmState: onAlarms('SetAlarmState', (input) => [text(input, 'AlarmName')]),
    GetMetricData: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
    GetMetricStatistics: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
    PutMetricData: (input) => [
      {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        context: { 'cloudwatch:namespace': [text(input, 'Namespace')] },
      },
    ],
  },
};

function onAlarms(operation: string, alarmNames: (input: JsonObject) => readonly string[]) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => {
    const found = alarmNames(input).filter((name) => name !== '');
    return (found.length > 0 ? found : ['*']).map((name) => ({
      action: `cloudwatch:${operation}`,
      resource: arn(scope, 'cloudwatch', `alarm:${name}`),
    }));
  };
}

function names(input: JsonObject, field: string): readonly string[] {
  const value = input[field];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
