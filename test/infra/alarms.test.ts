import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { resourcesOf, synthesize, type TemplateResource } from './synthesized.ts';

const template = synthesize('example');

interface AlarmPattern {
  readonly source: readonly string[];
  readonly detail: { readonly alarmName: string[]; readonly state: unknown };
}

function alarm(name: string, properties: Record<string, unknown>): void {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: `testudo-${name}`, ...properties });
}

describe('alarms', () => {
  test.each([
    ['database-unreachable', 'DatabaseReachable'],
    ['sudden-data-loss', 'SuddenDataLoss'],
    ['invariant-violated', 'InvariantViolations'],
    ['connections-exhausted', 'ConnectionUsage'],
    ['database-slow', 'ProbeLatencyMillis'],
    ['sessions-blocked', 'BlockedSessions'],
  ])('%s watches %s of the protected database each minute', (name, metric) => {
    alarm(name, {
      Namespace: 'TestudoRecovery',
      MetricName: metric,
      Dimensions: [{ Name: 'Database', Value: 'testudo-production' }],
      Period: 60,
    });
  });

  test('a probe that falls silent is an unreachable database', () => {
    alarm('database-unreachable', { TreatMissingData: 'breaching' });
  });

  test('one bad observation of the data is enough; the SOP allows five minutes for all the rest', () => {
    alarm('sudden-data-loss', { EvaluationPeriods: 1, Threshold: 0 });
    alarm('invariant-violated', { EvaluationPeriods: 1, Threshold: 0 });
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))) {
      expect(Properties.EvaluationPeriods).toBeLessThan(5);
    }
  });

  test('what could not be restored is told before the fifteen minutes of the SOP, and so is not knowing', () => {
    alarm('restorable-time-lags', {
      MetricName: 'RestorableLagSeconds',
      Dimensions: [{ Name: 'Database', Value: 'testudo-production' }],
      Period: 60,
      TreatMissingData: 'breaching',
    });
    const [lag] = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).filter(
      ({ Properties }) => Properties.MetricName === 'RestorableLagSeconds',
    );
    const { Threshold, EvaluationPeriods } = (lag as TemplateResource).Properties;
    // The last look may lie a minute back.
    expect(Number(Threshold) / 60 + Number(EvaluationPeriods) + 1).toBeLessThan(15);
  });

  test('every alarm tells the emergency contacts by itself, whether or not the response starts', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^TopicsIncident') }],
    });
  });
});

test('every emergency contact is subscribed to the incident topic', () => {
  for (const { email } of cdkJson.context.environments.example.emergencyContacts) {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: email,
      TopicArn: { Ref: Match.stringLikeRegexp('^TopicsIncident') },
    });
  }
});

describe('the alarm signal', () => {
  const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
  const [pattern] = rules
    .map(({ Properties }) => Properties.EventPattern as AlarmPattern)
    .filter(({ source }) => source.includes('aws.cloudwatch')) as [AlarmPattern];

  test('starts the response for our alarms on the data and the configured ones, when they go off', () => {
    expect(pattern.detail).toEqual({
      alarmName: [
        'testudo-database-unreachable',
        'testudo-sudden-data-loss',
        'testudo-invariant-violated',
        'testudo-connections-exhausted',
        'testudo-database-slow',
        'testudo-sessions-blocked',
        'order-gateway-errors',
        'exchange-connectivity-lost',
      ],
      state: { value: ['ALARM'] },
    });
  });

  test('is delivered for an hour and then kept in the dead-letter queue, which has an alarm', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          DeadLetterConfig: Match.anyValue(),
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        }),
      ],
    });
    alarm('recovery-events-undelivered', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0 });
  });

  test('each alarm of the signal has a severity for whoever opens the incident', () => {
    const [open] = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.FunctionName === 'testudo-recovery-OpenIncident',
    );
    const { Variables } = (open as TemplateResource).Properties.Environment as {
      Variables: { ALARM_SEVERITIES: string };
    };
    const severities = JSON.parse(Variables.ALARM_SEVERITIES) as Record<string, string>;
    expect(Object.keys(severities)).toEqual(pattern.detail.alarmName);
    expect(severities['testudo-sudden-data-loss']).toBe('P0');
    expect(severities['testudo-database-slow']).toBe('P1');
    expect(severities['exchange-connectivity-lost']).toBe('P0');
  });
});

test('the baseline is taken each minute, never twice for one minute, and its failures are kept', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    Target: Match.objectLike({
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: Match.anyValue(),
    }),
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
});
