import {
  type AccountScope,
  arn,
  arnOf,
  type JsonObject,
  type JsonService,
  type Permission,
  text,
} from './service.ts';

/** DynamoDB, for the calls that `dynalite` answers. Resources: Service Authorization Reference, "Amazon DynamoDB". */
export const dynamodb: JsonService = {
  signingName: 'dynamodb',
  eventSource: 'dynamodb.amazonaws.com',
  protocol: 'json',
  operations: {
    GetItem: onTable('GetItem'),
    PutItem: onTable('PutItem'),
    UpdateItem: onTable('UpdateItem'),
    DeleteItem: onTable('DeleteItem'),
    Query: onTableOrIndex('Query'),
    Scan: onTableOrIndex('Scan'),
    BatchGetItem: onEachTable('BatchGetItem'),
    BatchWriteItem: onEachTable('BatchWriteItem'),
    DescribeTable: onTable('DescribeTable'),
    CreateTable: onTable('CreateTable'),
    DeleteTable: onTable('DeleteTable'),
    ListTables: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
  },
};

function tableArn(name: string, scope: AccountScope): string {
  return arnOf(name, (table) => arn(scope, 'dynamodb', `table/${table}`));
}

function onTable(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => [
    {
      action: `dynamodb:${operation}`,
      resource: tableArn(text(input, 'TableName'), scope),
      ...leadingKeys(partitionKey(input)),
    },
  ];
}

function onTableOrIndex(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => {
    const table = tableArn(text(input, 'TableName'), scope);
    const index = text(input, 'IndexName');
    return [
      {
        action: `dynamodb:${operation}`,
        resource: index ? `${table}/index/${index}` : table,
        ...(index ? {} : leadingKeys(queriedPartition(input))),
      },
    ];
  };
}

/** Every table here names its partition key so; the context of a call with another one lacks its leading keys. */
const PARTITION_KEY = 'pk';

/** "IAM policy conditions for fine-grained access control": the partition key values that the call touches. */
function leadingKeys(value: string | undefined): Pick<Permission, 'context'> {
  return value === undefined ? {} : { context: { 'dynamodb:LeadingKeys': [value] } };
}

function partitionKey(input: JsonObject): string | undefined {
  return attributeText(((input.Item ?? input.Key ?? {}) as JsonObject)[PARTITION_KEY]);
}

/** A query names exactly one partition, by equality. */
function queriedPartition(input: JsonObject): string | undefined {
  const names = (input.ExpressionAttributeNames ?? {}) as JsonObject;
  const equality = /([#\w]+)\s*=\s*(:\w+)/g;
  for (const [, name = '', value = ''] of text(input, 'KeyConditionExpression').matchAll(equality)) {
    if ((names[name] ?? name) === PARTITION_KEY) {
      return attributeText(((input.ExpressionAttributeValues ?? {}) as JsonObject)[value]);
    }
  }
  return undefined;
}

/** Strings, numbers and binaries are written as text. */
function attributeText(attribute: unknown): string | undefined {
  const [value] = Object.values((attribute ?? {}) as JsonObject);
  return typeof value === 'string' ? value : undefined;
}

function onEachTable(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] =>
    Object.keys((input.RequestItems ?? {}) as JsonObject).map((table) => ({
      action: `dynamodb:${operation}`,
      resource: tableArn(table, scope),
    }));
}
