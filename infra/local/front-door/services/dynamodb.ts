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
    { action: `dynamodb:${operation}`, resource: tableArn(text(input, 'TableName'), scope) },
  ];
}

function onTableOrIndex(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => {
    const table = tableArn(text(input, 'TableName'), scope);
    const index = text(input, 'IndexName');
    return [{ action: `dynamodb:${operation}`, resource: index ? `${table}/index/${index}` : table }];
  };
}

function onEachTable(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] =>
    Object.keys((input.RequestItems ?? {}) as JsonObject).map((table) => ({
      action: `dynamodb:${operation}`,
      resource: tableArn(table, scope),
    }));
}
