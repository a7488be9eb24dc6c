import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inAccount,
  type PermissionCase,
  type PermissionsRig,
  startPermissionsRig,
} from './permissions-rig.ts';

let rig: PermissionsRig;

beforeAll(async () => {
  rig = await startPermissionsRig();
});

afterAll(() => rig.close());

const table = { TableName: 'control' };
const key = { pk: { S: 'global' } };
const tableArn = inAccount('dynamodb', 'table/control');

const cases: readonly PermissionCase[] = [
  [
    'GetItem',
    (config) => new DynamoDB(config).getItem({ ...table, Key: key }),
    [`dynamodb:GetItem ${tableArn}`],
  ],
  [
    'PutItem',
    (config) => new DynamoDB(config).putItem({ ...table, Item: key }),
    [`dynamodb:PutItem ${tableArn}`],
  ],
  [
    'UpdateItem',
    (config) => new DynamoDB(config).updateItem({ ...table, Key: key }),
    [`dynamodb:UpdateItem ${tableArn}`],
  ],
  [
    'DeleteItem',
    (config) => new DynamoDB(config).deleteItem({ ...table, Key: key }),
    [`dynamodb:DeleteItem ${tableArn}`],
  ],
  ['Query', (config) => new DynamoDB(config).query(table), [`dynamodb:Query ${tableArn}`]],
  [
    'Query of an index',
    (config) => new DynamoDB(config).query({ ...table, IndexName: 'by-day' }),
    [`dynamodb:Query ${tableArn}/index/by-day`],
  ],
  [
    'BatchGetItem asks for each table',
    (config) =>
      new DynamoDB(config).batchGetItem({
        RequestItems: { control: { Keys: [key] }, timeline: { Keys: [key] } },
      }),
    [`dynamodb:BatchGetItem ${tableArn}`, `dynamodb:BatchGetItem ${inAccount('dynamodb', 'table/timeline')}`],
  ],
];

describe('the permissions that a call of DynamoDB needs', () => {
  it.each(cases)('%s', async (_name, send, asks) => {
    expect(await rig.asked(send)).toEqual(asks);
  });
});
