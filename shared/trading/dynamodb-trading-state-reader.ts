import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from '../lambda/dynamodb.ts';
import type { TradingControl } from './trading-control.ts';
import { TradingControlRecord } from './trading-state.ts';

/** Where the control table keeps the global trading state. */
export const TRADING_STATE_KEY = { pk: 'trading-state', sk: 'global' } as const;

/** Reads the trading state and can do nothing else: for functions without the right to change it. */
export function dynamodbTradingStateReader(tableName: string): Pick<TradingControl, 'read'> {
  return {
    async read() {
      const { Item } = await dynamodb().send(
        new GetCommand({ TableName: tableName, Key: TRADING_STATE_KEY, ConsistentRead: true }),
      );
      return Item === undefined ? undefined : TradingControlRecord.parse(Item);
    },
  };
}
