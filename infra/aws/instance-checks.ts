import { Duration } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { runEachMinute } from './schedules.ts';

/**
 * Awaited instances are looked at when RDS says that something has happened to the protected instance or one beside it, and each
 * minute. Every category of event counts: which one comes last, after a restore or a change, RDS does not promise. An event that
 * cannot be delivered within a minute is worth nothing any more: the minutely look has been.
 */
export function checkAwaitedInstances(
  scope: Construct,
  props: { readonly check: IFunction; readonly databaseIdentifier: string; readonly deadLetters: Queue },
): void {
  const { check, databaseIdentifier, deadLetters } = props;
  new Rule(scope, 'InstanceEvent', {
    description: 'Something happened to the protected database instance, its copies or what they replaced',
    eventPattern: {
      source: ['aws.rds'],
      detailType: ['RDS DB Instance Event', 'RDS DB Cluster Event'],
      detail: { SourceIdentifier: Match.prefix(databaseIdentifier) },
    },
    targets: [
      new LambdaFunction(check, {
        deadLetterQueue: deadLetters,
        retryAttempts: 2,
        maxEventAge: Duration.minutes(1),
      }),
    ],
  });
  runEachMinute(scope, 'AwaitedInstancesSchedule', {
    runs: check,
    description: 'Looks at the database instances that a recovery waits for, in case no event tells of them',
    deadLetters,
  });
}
