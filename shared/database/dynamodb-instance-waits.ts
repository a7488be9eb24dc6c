import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { epochMillis } from '../lambda/clock.ts';
import { dynamodb, isConditionFailed, itemsOf } from '../lambda/dynamodb.ts';
import { InstanceWait } from './instance-wait.ts';
import type { InstanceWaits } from './settle-wait.ts';

const pk = 'instance-wait';
/** A wait that nobody forgot goes by itself, this long after its deadline. */
const KEPT_SECONDS = 86_400;

/** {@link InstanceWaits} in one partition of the control table, one item an execution that waits. */
export function dynamodbInstanceWaits(tableName: string): InstanceWaits {
  return {
    async register(wait) {
      const expiresAtSeconds = Math.floor(epochMillis(wait.deadlineAt) / 1000) + KEPT_SECONDS;
      await dynamodb().send(
        new PutCommand({
          TableName: tableName,
          Item: { pk, sk: wait.executionId, ...wait, expiresAtSeconds },
        }),
      );
    },
    open: () => Array.fromAsync(itemsOf(tableName, pk), (item) => InstanceWait.parse(item)),
    async forget({ executionId, taskToken }) {
      try {
        await dynamodb().send(
          new DeleteCommand({
            TableName: tableName,
            Key: { pk, sk: executionId },
            ConditionExpression: 'attribute_not_exists(pk) OR taskToken = :token',
            ExpressionAttributeValues: { ':token': taskToken },
          }),
        );
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
    },
  };
}
