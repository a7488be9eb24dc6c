import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tradeContentSql } from '../../../infra/local/platform/trade-content.ts';
import { openTradingGate } from '../../../infra/local/platform/trading-gate.ts';
import { startWriters, type Writers } from '../../../infra/local/platform/writers.ts';
import type { TradingState } from '../../../shared/trading/trading-state.ts';
import { type PlatformRig, startPlatformRig, until } from './platform-rig.ts';

const size = { users: 40, openPositions: 30, trades: 501 };

describe('the trading services', () => {
  let rig: PlatformRig;
  let state: TradingState | 'unreadable' = 'ACTIVE';
  const gate = openTradingGate({
    read: async () => {
      if (state === 'unreadable') throw new Error('no answer');
      return state;
    },
  });
  let writers: Writers;

  beforeAll(async () => {
    rig = await startPlatformRig(size);
  });
  afterAll(async () => {
    await writers.stop();
    await gate.close();
    await rig.close();
  });

  const accepted = () => writers.counts().accepted;
  const moreAccepted = async (trades: number) => {
    const before = accepted();
    await until(`${trades} more trades`, () => accepted() >= before + trades);
  };
  const tradingStopped = async () => {
    let last = -1;
    let since = performance.now();
    await until('no trade for half a second', () => {
      if (accepted() !== last) {
        last = accepted();
        since = performance.now();
      }
      return performance.now() - since > 500;
    });
  };

  test('seed the platform so that every declared invariant holds', async () => {
    expect(Object.entries(await rig.violations()).filter(([, count]) => count !== 0)).toEqual([]);
    const { rows } = await rig.admin.query(
      "SELECT (SELECT count(*) FROM trades) AS trades, (SELECT count(*) FROM positions WHERE status = 'OPEN') AS open, (SELECT count(*) FROM user_accounts) AS users",
    );
    expect(rows).toEqual([{ trades: '501', open: '30', users: '40' }]);
  });

  test('keep every declared invariant at every commit', async () => {
    writers = startWriters({
      connection: rig.connection,
      tradesPerSecond: 300,
      gate,
      users: size.users,
      seededTrades: size.trades,
      seededPositions: size.trades,
      seed: 7,
    });
    for (let look = 0; look < 20; look += 1) {
      await moreAccepted(15);
      const broken = Object.entries(await rig.violations()).filter(([, count]) => count !== 0);
      expect(broken).toEqual([]);
    }
    expect(writers.counts().failed).toEqual({});
  });

  test('stop within the 250 ms that their contract gives them', async () => {
    await moreAccepted(10);
    const haltedAtMillis = Date.now();
    state = 'HALTED';
    await tradingStopped();
    const lastMillis = writers.record.trades().at(-1)?.acknowledgedAtMillis ?? 0;
    expect(lastMillis - haltedAtMillis).toBeLessThan(300);
  });

  test('remember each acknowledged trade exactly as the database has it, and no other', async () => {
    const { rows } = await rig.admin.query<{ id: string; content: string }>(
      `SELECT id, ${tradeContentSql('trade')} AS content FROM trades AS trade WHERE id > $1 ORDER BY id`,
      [size.trades],
    );
    const remembered = writers.record.trades().toSorted((left, right) => left.id - right.id);
    expect(rows.map(({ content }) => content)).toEqual(remembered.map(({ content }) => content));
  });

  test('only make positions smaller when told REDUCE_ONLY', async () => {
    const from = writers.record.trades().length;
    state = 'REDUCE_ONLY';
    await moreAccepted(40);
    state = 'HALTED';
    await tradingStopped();
    const ids = writers.record
      .trades()
      .slice(from)
      .map(({ id }) => id);
    const { rows } = await rig.admin.query(
      "SELECT count(*) AS larger FROM trades AS trade JOIN positions AS position ON position.id = position_id WHERE trade.id = ANY($1) AND (position.side = 'LONG') = (trade.side = 'BUY')",
      [ids],
    );
    expect(rows).toEqual([{ larger: '0' }]);
  });

  test('take a state that they cannot read for HALTED', async () => {
    state = 'ACTIVE';
    await moreAccepted(10);
    state = 'unreadable';
    await tradingStopped();
    expect(gate.view()).toEqual({ state: 'HALTED', source: 'unreadable' });
    state = 'ACTIVE';
    await moreAccepted(10);
  });

  test('connect again when their connections are cut, and lose nothing that was acknowledged', async () => {
    await moreAccepted(10);
    const before = writers.counts().connections;
    const client = new Client(rig.connection);
    client.on('error', () => undefined);
    await client.connect();
    await rig.admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'trading_app'",
    );
    await until('new connections', () => writers.counts().connections > before);
    await moreAccepted(50);
    state = 'HALTED';
    await tradingStopped();
    const { rows } = await rig.admin.query<{ id: string }>('SELECT id FROM trades');
    const present = new Set(rows.map(({ id }) => Number(id)));
    expect(writers.record.trades().filter(({ id }) => !present.has(id))).toEqual([]);
    expect(Object.values(await rig.violations()).every((count) => count === 0)).toBe(true);
  });
});
