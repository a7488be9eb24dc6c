import type { ClientConfig } from 'pg';
import { type CommitRecord, createCommitRecord } from './commit-record.ts';
import type { Fill } from './exchanges.ts';
import { seededRandom } from './random.ts';
import type { TradeNumbers } from './trade-orders.ts';
import type { TradingGate } from './trading-gate.ts';
import { runWriter, type WriterCounts } from './writer.ts';

export interface WritersOptions {
  /** The endpoint that every client of the platform knows, with the account of the trading services. */
  readonly connection: ClientConfig;
  readonly tradesPerSecond: number;
  readonly gate: TradingGate;
  readonly users: number;
  /** Trades and positions that are there already; the writers number on from here. */
  readonly seededTrades: number;
  readonly seededPositions: number;
  /** Told of each order that was accepted; nobody by default. */
  readonly onFill?: (fill: Fill) => void;
  /** Makes two runs invent the same orders. */
  readonly seed: number;
}

/** The trading services of the platform: they trade as long as the trading state allows it. */
export interface Writers {
  readonly record: CommitRecord;
  counts(): WriterCounts;
  stop(): Promise<void>;
}

const TRADES_PER_SECOND_AND_WRITER = 50;
const MOST_WRITERS = 8;

/** Starts enough writers, each with a connection of its own, for the rate that is asked for. */
export function startWriters(options: WritersOptions): Writers {
  const record = createCommitRecord();
  const counts: WriterCounts = { accepted: 0, refused: 0, failed: {}, connections: 0 };
  const stopping = new AbortController();
  const writers = Math.min(
    MOST_WRITERS,
    Math.max(1, Math.ceil(options.tradesPerSecond / TRADES_PER_SECOND_AND_WRITER)),
  );
  const numbers = numbersFrom(options.seededTrades, options.seededPositions);
  const running = Array.from({ length: writers }, (_, index) =>
    runWriter({
      connection: options.connection,
      gate: options.gate,
      record,
      onFill: options.onFill ?? (() => undefined),
      counts,
      numbers,
      random: seededRandom(options.seed * 1000 + index),
      users: options.users,
      share: { index, of: writers },
      intervalMillis: (1000 * writers) / options.tradesPerSecond,
      signal: stopping.signal,
    }),
  );
  return {
    record,
    counts: () => counts,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function numbersFrom(seededTrades: number, seededPositions: number): TradeNumbers {
  let tradeId = seededTrades;
  let positionId = seededPositions;
  return {
    nextTradeId: () => {
      tradeId += 1;
      return tradeId;
    },
    nextPositionId: () => {
      positionId += 1;
      return positionId;
    },
  };
}
