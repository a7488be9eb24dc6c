import type { Laptop } from '../laptop.ts';
import { readTradingView } from '../platform/emergency-api.ts';
import type { PlatformSize } from '../platform/prepare-platform.ts';
import { openTradingGate, type TradingGate } from '../platform/trading-gate.ts';
import { startWriters, type Writers } from '../platform/writers.ts';

export interface TradingOptions {
  readonly size: PlatformSize;
  readonly tradesPerSecond: number;
  readonly seed: number;
}

/** The trading services of a running laptop. */
export interface TradingServices {
  readonly gate: TradingGate;
  readonly writers: Writers;
  /** No order after this. */
  close(): Promise<void>;
}

/** Lets the platform trade: its services ask the emergency API for the trading state and write through the database's endpoint. */
export function startTradingServices(laptop: Laptop, options: TradingOptions): TradingServices {
  const gate = openTradingGate({
    read: async (signal) => (await readTradingView(laptop.emergencyApi, laptop.emergencyToken, signal)).state,
  });
  const writers = startWriters({
    connection: laptop.tradingConnection,
    tradesPerSecond: options.tradesPerSecond,
    gate,
    users: options.size.users,
    seededTrades: options.size.trades,
    seededPositions: options.size.trades,
    seed: options.seed,
    onFill: (fill) => laptop.platform.exchanges.get(fill.exchange)?.fill(fill),
  });
  return {
    gate,
    writers,
    async close() {
      await writers.stop();
      await gate.close();
    },
  };
}
