import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { resourcesOf, synthesize } from './synthesized.ts';

const template = synthesize('example');
const check = Match.objectLike({
  'Fn::GetAtt': [Match.stringLikeRegexp('^CheckAwaitedInstancesFunction'), 'Arn'],
});

test('every event of the protected instance and its copies leads to a look, and one that is late by a minute to none', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.rds'],
      'detail-type': ['RDS DB Instance Event', 'RDS DB Cluster Event'],
      detail: { SourceIdentifier: [{ prefix: 'testudo-production' }] },
    },
    Targets: [
      Match.objectLike({
        Arn: check,
        DeadLetterConfig: Match.anyValue(),
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
      }),
    ],
  });
});

test('awaited instances are looked at each minute, whether or not an event comes', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    Target: Match.objectLike({ Arn: check, RetryPolicy: Match.objectLike({ MaximumRetryAttempts: 0 }) }),
  });
});

test('a look that fails is kept, and not repeated: the next one comes in a minute', () => {
  const configured = Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')).find(
    ({ Properties }) => JSON.stringify(Properties.FunctionName).includes('CheckAwaitedInstances'),
  );
  expect(configured?.Properties).toMatchObject({
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnFailure: {} },
  });
});
