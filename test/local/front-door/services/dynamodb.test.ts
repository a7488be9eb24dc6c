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

describe('a policy on leading keys', () => {
  const condition = (operator: string) => ({
    [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': ['trading-state'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
  const decides = (operator: string, send: (client: DynamoDB) => Promise<unknown>) =>
    rig.isAllowed(
      [{ Effect: 'Allow', Action: 'dynamodb:*', Resource: tableArn, Condition: condition(operator) }],
      (config) => send(new DynamoDB(config)),
    );
  const partition = (pk: string) => ({ ...table, Key: { pk: { S: pk }, sk: { S: 'global' } } });
  const query = (pk: string) => ({
    ...table,
    KeyConditionExpression: '#p = :p AND sk > :s',
    ExpressionAttributeNames: { '#p': 'pk' },
    ExpressionAttributeValues: { ':p': { S: pk }, ':s': { S: 'a' } },
  });

  it.each<[string, (pk: string) => (client: DynamoDB) => Promise<unknown>]>([
    ['GetItem', (pk) => (client) => client.getItem(partition(pk))],
    ['UpdateItem', (pk) => (client) => client.updateItem(partition(pk))],
    ['DeleteItem', (pk) => (client) => client.deleteItem(partition(pk))],
    ['PutItem', (pk) => (client) => client.putItem({ ...table, Item: partition(pk).Key })],
    ['Query', (pk) => (client) => client.query(query(pk))],
  ])('divides the items of a table: %s', async (_name, call) => {
    expect(await decides('StringEquals', call('trading-state'))).toBe(true);
    expect(await decides('StringEquals', call('baseline'))).toBe(false);
    expect(await decides('StringNotEquals', call('trading-state'))).toBe(false);
    expect(await decides('StringNotEquals', call('baseline'))).toBe(true);
  });

  it('allows no call that names no key', async () => {
    expect(await decides('StringNotEquals', (client) => client.query(table))).toBe(false);
    expect(await decides('StringNotEquals', (client) => client.scan(table))).toBe(false);
  });
});
