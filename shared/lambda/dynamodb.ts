import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { once } from './once.ts';

/** The DynamoDB client of this function. Undefined members are left out; conflicts of conditions are ours to handle, so they are not retried by the SDK. */
export const dynamodb = once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 3 }), {
    marshallOptions: { removeUndefinedValues: true },
  }),
);

/** Whether a conditional write found something else than it asked for. */
export function isConditionFailed(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** What is read of a partition; keys and names beside `:pk` are the caller's. */
export interface PartitionQuery
  extends Partial<
    Pick<
      QueryCommandInput,
      | 'KeyConditionExpression'
      | 'ProjectionExpression'
      | 'ExpressionAttributeNames'
      | 'ExpressionAttributeValues'
      | 'ScanIndexForward'
    >
  > {
  /** Items a request; as many as fit when absent. */
  readonly pageSize?: number;
}

/** The items of a partition in the order of their sort keys, read consistently, page by page as they are asked for. Throws the SDK's errors. */
export async function* itemsOf(
  tableName: string,
  pk: string,
  { pageSize, ...query }: PartitionQuery = {},
): AsyncGenerator<Record<string, unknown>> {
  const pages = paginateQuery(
    { client: dynamodb(), ...(pageSize !== undefined && { pageSize }) },
    {
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk',
      ConsistentRead: true,
      ...query,
      ExpressionAttributeValues: { ':pk': pk, ...query.ExpressionAttributeValues },
    },
  );
  for await (const { Items = [] } of pages) yield* Items;
}

/** Puts an item where there is none; false, and nothing is written, when there is one. */
export async function putIfAbsent(
  tableName: string,
  item: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  try {
    await dynamodb().send(
      new PutCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return true;
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
    return false;
  }
}
