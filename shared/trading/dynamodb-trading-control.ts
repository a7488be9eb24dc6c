import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../lambda/clock.ts';
import { dynamodb, isConditionFailed } from '../lambda/dynamodb.ts';
import { publish } from '../lambda/sns.ts';
import { dynamodbTradingStateReader, TRADING_STATE_KEY } from './dynamodb-trading-state-reader.ts';
import { HaltNotDurable, TradingEpochChanged } from './errors.ts';
import type { HaltOrder, HaltReceipt, TradingControl } from './trading-control.ts';
import type { TradingControlRecord } from './trading-state.ts';

/**
 * The trading state in the control table, pushed to `topicArn` on every change. Writes are conditional on single items, so that
 * a halt and a resume that meet are put in order, and a halt that comes second always wins.
 */
export function dynamodbTradingControl(tableName: string, topicArn: string, clock: Clock): TradingControl {
  const { read } = dynamodbTradingStateReader(tableName);

  /** The epoch comes from the clock, so that no read is needed before the write. */
  function haltedRecord({ actor, reason, incidentId }: HaltOrder): TradingControlRecord {
    const now = clock.now();
    return {
      state: 'HALTED',
      epoch: now.getTime(),
      changedAt: now.toISOString(),
      changedBy: actor,
      reason,
      incidentId,
    };
  }

  /** One conditional put in the usual case. */
  async function store(record: TradingControlRecord): Promise<HaltReceipt> {
    try {
      await dynamodb().send(
        new PutCommand({
          TableName: tableName,
          Item: { ...TRADING_STATE_KEY, ...record },
          ConditionExpression: 'attribute_not_exists(pk) OR (#state <> :halted AND epoch < :epoch)',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':halted': 'HALTED', ':epoch': record.epoch },
        }),
      );
      return { ...record, changed: true };
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return settle(record);
    }
  }

  /** The put was refused: trading is halted already, or the stored epoch is ahead of our clock. */
  async function settle(record: TradingControlRecord): Promise<HaltReceipt> {
    const stored = await read();
    if (stored?.state === 'HALTED') return { ...stored, changed: false };
    const epoch = (stored?.epoch ?? record.epoch) + 1;
    await dynamodb().send(
      new PutCommand({ TableName: tableName, Item: { ...TRADING_STATE_KEY, ...record, epoch } }),
    );
    return { ...record, epoch, changed: true };
  }

  async function announce(record: TradingControlRecord): Promise<void> {
    await publish({
      topicArn,
      subject: `Trading ${record.state}`,
      message: record,
      attributes: {
        eventType: record.state === 'HALTED' ? 'trading.halted' : 'trading.resumed',
        ...(record.incidentId === null ? {} : { incidentId: record.incidentId }),
      },
    });
  }

  return {
    read,
    async halt(order) {
      const record = haltedRecord(order);
      let receipt: HaltReceipt;
      try {
        receipt = await store(record);
      } catch (error) {
        await announce(record);
        throw new HaltNotDurable(`Published, but not stored: ${String(error)}`, { cause: error });
      }
      await announce(receipt);
      return receipt;
    },
    async resume({ actor, reason, incidentId, expectedEpoch }) {
      const record: TradingControlRecord = {
        state: 'ACTIVE',
        epoch: expectedEpoch + 1,
        changedAt: clock.now().toISOString(),
        changedBy: actor,
        reason,
        incidentId,
      };
      try {
        await dynamodb().send(
          new PutCommand({
            TableName: tableName,
            Item: { ...TRADING_STATE_KEY, ...record },
            ConditionExpression: '#state = :halted AND epoch = :expected',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':halted': 'HALTED', ':expected': expectedEpoch },
          }),
        );
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        const stored = await read();
        const ours =
          stored?.state === 'ACTIVE' && stored.epoch === record.epoch && stored.incidentId === incidentId;
        if (!ours)
          throw new TradingEpochChanged(`epoch: expected ${expectedEpoch}, found ${stored?.epoch ?? 'none'}`);
      }
      await announce(record);
      return record;
    },
  };
}
