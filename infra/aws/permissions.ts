import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Resources } from './resources.ts';
import { allow, allowWildcard } from './statements.ts';

/** Operations on single items. A timeline is only ever put to and queried; items of the control table may also go. */
type ControlOperation = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** Partition of the trading state in the control table; a test holds it to `shared/trading`. */
const TRADING_STATE_PARTITION = 'trading-state';

/** State machines that wait for people: their executions are asked whether they still wait, and their tasks are answered. */
export const ASKING_MACHINES = [
  'ServiceResumption',
  'DataSalvage',
  'PointInTimeRestore',
  'DatabaseOptimization',
] as const;

/** The permissions that more than one function needs, each on named resources. */
export function permissionsOn(resources: Resources) {
  const { controlTable, timelineTable, incidentTopic, encryptionKey, reportsBucket, configuration } =
    resources;
  const stack = Stack.of(controlTable);

  const onTable = (
    table: Table,
    operations: readonly ControlOperation[],
    conditions?: Parameters<typeof allow>[2],
  ) =>
    allow(
      operations.map((operation) => `dynamodb:${operation}`),
      [table.tableArn],
      conditions,
    );
  /**
   * The trading state is an item among others of the control table: who may write another item may not write this one
   * ("IAM policy conditions for fine-grained access control"). `Null` refuses a call that names no key.
   */
  const withKey = (operator: 'StringEquals' | 'StringNotEquals') => ({
    [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': [TRADING_STATE_PARTITION] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
  const useKey = (service: 'sns' | 's3', actions: readonly string[]) =>
    allow(actions, [encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': `${service}.${stack.region}.amazonaws.com` },
    });
  const publish = (topic: Topic) => [
    allow(['sns:Publish'], [topic.topicArn]),
    useKey('sns', ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];
  /** The wildcard is the resource id, which a restored copy has of its own. */
  const signInAs = (user: string) =>
    allowWildcard(
      'A restored copy has a resource id of its own; the user is named',
      ['rds-db:connect'],
      [
        stack.formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: `*/${user}`,
        }),
      ],
    );

  return {
    /** Every step reads the timeline to chain its own event to it. */
    appendTimeline: onTable(timelineTable, ['Query', 'PutItem']),
    readTimeline: onTable(timelineTable, ['Query']),
    /** Every item of the control table but the trading state. */
    control: (...operations: ControlOperation[]) =>
      onTable(controlTable, operations, withKey('StringNotEquals')),
    /** The trading state alone. Only what halts and what resumes may put it. */
    tradingState: (...operations: ('GetItem' | 'PutItem')[]) =>
      onTable(controlTable, operations, withKey('StringEquals')),
    publish,
    /** Pages the emergency contacts: topic and e-mail. */
    page: [
      ...publish(incidentTopic),
      allow(
        ['ses:SendEmail'],
        [
          stack.formatArn({
            service: 'ses',
            resource: 'identity',
            resourceName: configuration.notices.sesIdentity,
          }),
        ],
        { StringEquals: { 'ses:FromAddress': configuration.notices.fromAddress } },
      ),
    ],
    /** Opens a round of approvals, unless another execution waits for one. */
    askForApprovals: [
      onTable(controlTable, ['PutItem', 'GetItem'], withKey('StringNotEquals')),
      allowWildcard(
        'Whether who asks already still runs is asked of its execution, which is named when it starts',
        ['states:DescribeExecution'],
        ASKING_MACHINES.map((machine) => resources.executionsArn(machine)),
      ),
    ],
    readEmergencyTokens: allow(['secretsmanager:GetSecretValue'], [resources.emergencyTokenSecret.secretArn]),
    /** Any alarm of the account may watch the instance: all are looked through. */
    describeAlarms: allowWildcard(
      'Which alarms watch the instance is found by looking at all',
      ['cloudwatch:DescribeAlarms'],
      [
        stack.formatArn({
          service: 'cloudwatch',
          resource: 'alarm',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: '*',
        }),
      ],
    ),
    /** Metrics are no resource ("Amazon CloudWatch" in the Service Authorization Reference). */
    readMetrics: allowWildcard('Metrics have no ARN', ['cloudwatch:GetMetricData'], ['*']),
    /** Signs in to the database as its recovery user. */
    signIn: signInAs(configuration.database.user),
    /** Tries to sign in as a user that stands where an application stands. */
    tryFence: signInAs(configuration.database.fenceProbeUser),
    /** Signs in as the user that writes what is salvaged. */
    signInToSalvage: signInAs(configuration.database.salvageUser),
    /** Writes objects under one prefix of the reports bucket. */
    putObjects: (prefix: string) => [
      allowWildcard(
        `Objects under ${prefix}/ are named after the incident`,
        ['s3:PutObject'],
        [reportsBucket.arnForObjects(`${prefix}/*`)],
      ),
      useKey('s3', ['kms:GenerateDataKey']),
    ],
    /** Reads objects under one prefix of the reports bucket. */
    getObjects: (prefix: string) => [
      allowWildcard(
        `Objects under ${prefix}/ are named after the incident`,
        ['s3:GetObject'],
        [reportsBucket.arnForObjects(`${prefix}/*`)],
      ),
      useKey('s3', ['kms:Decrypt']),
    ],
  };
}
