import {
  type AccountScope,
  arn,
  arnOf,
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

/** Secrets Manager. A secret may be named by name, by ARN, or by ARN without the random suffix. */
export const secretsManager: JsonService = {
  signingName: 'secretsmanager',
  eventSource: 'secretsmanager.amazonaws.com',
  protocol: 'json',
  operations: {
    GetSecretValue: onSecret('GetSecretValue'),
    PutSecretValue: onSecret('PutSecretValue'),
    DescribeSecret: onSecret('DescribeSecret'),
  },
};

/** CloudTrail: LookupEvents has no resource. */
export const cloudTrail: JsonService = {
  signingName: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  protocol: 'json',
  operations: { LookupEvents: () => [{ action: 'cloudtrail:LookupEvents', resource: '*' }] },
};

/** EventBridge. */
export const eventBridge: JsonService = {
  signingName: 'events',
  eventSource: 'events.amazonaws.com',
  protocol: 'json',
  operations: {
    PutEvents: (input, scope) =>
      (Array.isArray(input.Entries) ? (input.Entries as JsonObject[]) : []).map((entry) => ({
        action: 'events:PutEvents',
        resource: arnOf(text(entry, 'EventBusName') || 'default', (bus) =>
          arn(scope, 'events', `event-bus/${bus}`),
        ),
      })),
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

function onSecret(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => [
    {
      action: `secretsmanager:${operation}`,
      resource: arnOf(
        text(input, 'SecretId'),
        (name) => scope.secretArn?.(name) ?? arn(scope, 'secretsmanager', `secret:${name}`),
      ),
    },
  ];
}

function names(input: JsonObject, field: string): readonly string[] {
  const value = input[field];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
