import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../shared/incident/actor.ts';
import { dynamodb } from '../../shared/lambda/dynamodb.ts';
import { dynamodbTradingControl } from '../../shared/trading/dynamodb-trading-control.ts';
import { TRADING_STATE_KEY } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import type { TradingControl } from '../../shared/trading/trading-control.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

const alice: Actor = { kind: 'person', id: 'alice' };
const bob: Actor = { kind: 'person', id: 'bob' };
const order = { actor: alice, reason: 'prices are wrong', incidentId: 'INC-20260131-0a1b2c3d' };

let standIns: RecoveryStandIns;
let topic: { arn: string; messages(): Promise<string[]> };
let clock: ReturnType<typeof steppingClock>;
let control: TradingControl;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  topic = await standIns.topic('trading-state');
});
afterAll(() => standIns.close());
beforeEach(async () => {
  await dynamodb().send(new DeleteCommand({ TableName: standIns.controlTable, Key: TRADING_STATE_KEY }));
  await topic.messages();
  clock = steppingClock('2026-01-31T03:05:08.000Z');
  control = dynamodbTradingControl(standIns.controlTable, topic.arn, clock);
});

describe('halting', () => {
  it('is stored and published, with who and why', async () => {
    const receipt = await control.halt(order);
    expect(receipt).toMatchObject({ state: 'HALTED', changed: true, changedBy: alice });
    expect(await control.read()).toMatchObject({
      state: 'HALTED',
      epoch: receipt.epoch,
      reason: 'prices are wrong',
    });
    expect((await topic.messages()).map((text) => JSON.parse(text))).toMatchObject([
      { state: 'HALTED', epoch: receipt.epoch },
    ]);
  });

  it('a second time keeps the first halt and publishes it again', async () => {
    const first = await control.halt(order);
    clock.advance(60);
    expect(await control.halt({ ...order, actor: bob })).toMatchObject({
      changed: false,
      epoch: first.epoch,
      changedBy: alice,
    });
    expect(await topic.messages()).toHaveLength(2);
  });

  it('wins over a resume that was decided on an older view', async () => {
    const first = await control.halt(order);
    await control.resume({ ...order, expectedEpoch: first.epoch });
    clock.advance(1);
    const second = await control.halt({ ...order, actor: bob });
    await expect(
      control.resume({ ...order, incidentId: 'INC-20260131-ffffffff', expectedEpoch: first.epoch }),
    ).rejects.toMatchObject({
      name: 'TradingEpochChanged',
    });
    expect(await control.read()).toMatchObject({ state: 'HALTED', epoch: second.epoch });
  });

  it('works when the stored epoch lies ahead of our clock', async () => {
    const ahead = dynamodbTradingControl(
      standIns.controlTable,
      topic.arn,
      steppingClock('2027-01-31T03:05:08.000Z'),
    );
    const first = await ahead.halt(order);
    const resumed = await ahead.resume({ ...order, expectedEpoch: first.epoch });
    const receipt = await control.halt(order);
    expect(receipt).toMatchObject({ state: 'HALTED', changed: true });
    expect(receipt.epoch).toBeGreaterThan(resumed.epoch);
    expect(await control.read()).toMatchObject({ state: 'HALTED', epoch: receipt.epoch });
  });

  it('is published even when it cannot be stored, and says so', async () => {
    const broken = dynamodbTradingControl('no-such-table', topic.arn, clock);
    await expect(broken.halt(order)).rejects.toMatchObject({ name: 'HaltNotDurable' });
    expect((await topic.messages()).map((text) => JSON.parse(text))).toMatchObject([{ state: 'HALTED' }]);
  });

  it('of many at once leaves one halt', async () => {
    const receipts = await Promise.all(Array.from({ length: 10 }, () => control.halt(order)));
    expect(receipts.filter(({ changed }) => changed)).toHaveLength(1);
  });
});

describe('resuming', () => {
  it('needs the epoch that was read', async () => {
    const { epoch } = await control.halt(order);
    await expect(control.resume({ ...order, expectedEpoch: epoch - 1 })).rejects.toMatchObject({
      name: 'TradingEpochChanged',
    });
    expect(await control.resume({ ...order, expectedEpoch: epoch })).toMatchObject({
      state: 'ACTIVE',
      epoch: epoch + 1,
    });
  });

  it('may be repeated by the step that did it', async () => {
    const { epoch } = await control.halt(order);
    await control.resume({ ...order, expectedEpoch: epoch });
    expect(await control.resume({ ...order, expectedEpoch: epoch })).toMatchObject({ state: 'ACTIVE' });
  });

  it('is refused where nothing was ever halted', async () => {
    await expect(control.resume({ ...order, expectedEpoch: 0 })).rejects.toMatchObject({
      name: 'TradingEpochChanged',
    });
    expect(await control.read()).toBeUndefined();
  });
});
