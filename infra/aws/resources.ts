import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Configuration } from './configuration.ts';

/** What functions are given the names of, and permissions on. */
export interface Resources {
  readonly configuration: Configuration;
  readonly timelineTable: Table;
  readonly controlTable: Table;
  readonly reportsBucket: Bucket;
  readonly encryptionKey: Key;
  readonly tradingStateTopic: Topic;
  readonly incidentTopic: Topic;
  readonly userNoticeTopic: Topic;
  readonly emergencyTokenSecret: Secret;
  readonly deadLetters: Queue;
  readonly quarantineSecurityGroupId: string;
  /** ARN of a state machine of the stack by its construct id, e.g. `IncidentResponse`. */
  readonly stateMachineArn: (id: string) => string;
  /** The same, written out from its name: for a function that the machine itself invokes, where a reference would go in a circle. */
  readonly writtenStateMachineArn: (id: string) => string;
  /** ARN of every execution of a state machine of the stack, by its construct id. */
  readonly executionsArn: (id: string) => string;
  /** Severity of every alarm that starts the response, ours among them. */
  readonly alarmSeverities: Readonly<Record<string, string>>;
}
