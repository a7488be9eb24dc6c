import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { epochMillis } from '../lambda/clock.ts';
import { dynamodb, putIfAbsent } from '../lambda/dynamodb.ts';
import type { WaitDurations } from './settle-wait.ts';
import { WaitDuration } from './wait-estimate.ts';

/** Two years: a platform that recovers once a year still has something to compare with. */
const KEPT_SECONDS = 730 * 86_400;
/** Newest ones that are read: enough for ten of the same size that are no rehearsals. */
const READ = 50;

/** {@link WaitDurations} under `wait-duration#<purpose>` of the control table, oldest first. */
export function dynamodbWaitDurations(tableName: string): WaitDurations {
  return {
    async record(wait, seconds) {
      const { awaitedSince, executionId, incidentId, storageGibibytes, rehearsal, purpose } = wait;
      await putIfAbsent(tableName, {
        pk: `wait-duration#${purpose}`,
        sk: `${awaitedSince}#${executionId}`,
        ...({ seconds, storageGibibytes, rehearsal } satisfies WaitDuration),
        incidentId,
        expiresAtSeconds: Math.floor(epochMillis(awaitedSince) / 1000) + KEPT_SECONDS,
      });
    },
    async recent(purpose) {
      const { Items = [] } = await dynamodb().send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `wait-duration#${purpose}` },
          ScanIndexForward: false,
          Limit: READ,
        }),
      );
      return Items.map((item) => WaitDuration.parse(item));
    },
  };
}
