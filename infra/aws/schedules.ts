import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { allow } from './statements.ts';

/** Where everything goes that could not be delivered: an alarm watches it. */
export function deadLetterQueue(scope: Construct): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'This is the dead-letter queue');
  return queue;
}

/** An alarm event starts the response. A signal that finds Step Functions busy is delivered for an hour, then kept. */
export function startResponseOnAlarm(
  scope: Construct,
  props: {
    readonly alarmNames: readonly string[];
    readonly incidentResponse: StateMachine;
    readonly deadLetters: Queue;
  },
): void {
  const role = new Role(scope, 'AlarmSignalRole', {
    assumedBy: new ServicePrincipal('events.amazonaws.com'),
    inlinePolicies: {
      Permissions: new PolicyDocument({
        statements: [allow(['states:StartExecution'], [props.incidentResponse.stateMachineArn])],
      }),
    },
  });
  new Rule(scope, 'AlarmSignal', {
    description: 'An alarm that goes off starts the incident response',
    eventPattern: {
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      detail: { alarmName: [...props.alarmNames], state: { value: ['ALARM'] } },
    },
    targets: [
      new SfnStateMachine(props.incidentResponse, {
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: props.deadLetters,
        retryAttempts: 185,
        maxEventAge: Duration.hours(1),
      }),
    ],
  });
}

/** The baseline is taken each minute. */
export function takeBaselineEachMinute(
  scope: Construct,
  props: { readonly recordBaseline: IFunction; readonly deadLetters: Queue },
): void {
  runEachMinute(scope, 'BaselineSchedule', {
    runs: props.recordBaseline,
    description: 'Takes a baseline of the data and looks for sudden loss',
    deadLetters: props.deadLetters,
  });
}

/** Runs a function each minute. A run that fails is not repeated: the next one comes in a minute. */
export function runEachMinute(
  scope: Construct,
  id: string,
  props: { readonly runs: IFunction; readonly description: string; readonly deadLetters: Queue },
): void {
  const { runs, description, deadLetters } = props;
  runs.configureAsyncInvoke({
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    onFailure: new SqsDestination(deadLetters),
  });
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    inlinePolicies: {
      Permissions: new PolicyDocument({
        statements: [
          allow(['lambda:InvokeFunction'], [runs.functionArn]),
          allow(['sqs:SendMessage'], [deadLetters.queueArn]),
        ],
      }),
    },
  });
  new CfnSchedule(scope, id, {
    description,
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: runs.functionArn,
      roleArn: role.roleArn,
      input: '{}',
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      deadLetterConfig: { arn: deadLetters.queueArn },
    },
  });
}
