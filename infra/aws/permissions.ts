import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Resources } from './resources.ts';
import { allow, allowWildcard } from './statements.ts';

/** Operations on single items. A timeline is only ever put to and queried; items of the control table may also go. */
type ControlOperation = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** The permissions that more than one function needs, each on named resources. */
export function permissionsOn(resources: Resources) {
  const { controlTable, timelineTable, incidentTopic, encryptionKey, reportsBucket, configuration } =
    resources;
  const stack = Stack.of(controlTable);

  const onTable = (table: Table, operations: readonly ControlOperation[]) =>
    allow(
      operations.map((operation) => `dynamodb:${operation}`),
      [table.tableArn],
    );
  const useKey = (service: 'sns' | 's3', actions: readonly string[]) =>
    allow(actions, [encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': `${service}.${stack.region}.amazonaws.com` },
    });
  const publish = (topic: Topic) => [
    allow(['sns:Publish'], [topic.topicArn]),
    useKey('sns', ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];

  return {
    /** Every step reads the timeline to chain its own event to it. */
    appendTimeline: onTable(timelineTable, ['Query', 'PutItem']),
    readTimeline: onTable(timelineTable, ['Query']),
    control: (...operations: ControlOperation[]) => onTable(controlTable, operations),
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
    readEmergencyTokens: allow(['secretsmanager:GetSecretValue'], [resources.emergencyTokenSecret.secretArn]),
    /** Signs in to the database as its recovery user; the wildcard is the resource id, which a restored copy has of its own. */
    signIn: allowWildcard(
      'A restored copy has a resource id of its own; the user is named',
      ['rds-db:connect'],
      [
        stack.formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: `*/${configuration.database.user}`,
        }),
      ],
    ),
    /** Writes objects under one prefix of the reports bucket. */
    putObjects: (prefix: string) => [
      allowWildcard(
        `Objects under ${prefix}/ are named after the incident`,
        ['s3:PutObject'],
        [reportsBucket.arnForObjects(`${prefix}/*`)],
      ),
      useKey('s3', ['kms:GenerateDataKey']),
    ],
  };
}
