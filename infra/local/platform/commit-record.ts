/** A trade whose commit the database has acknowledged to the trading service: from here on, nobody may lose it. */
export interface AcknowledgedTrade {
  readonly id: number;
  /** Milliseconds since 1970 when the acknowledgement arrived, rounded down. */
  readonly acknowledgedAtMillis: number;
  /** All that the trade says, as {@link tradeContentSql} puts it. */
  readonly content: string;
}

/** What the trading services know themselves, without asking database or recovery: what a verdict is measured against. */
export interface CommitRecord {
  acknowledge(trade: AcknowledgedTrade): void;
  /** In the order of their acknowledgement. */
  trades(): readonly AcknowledgedTrade[];
}

/** A record in memory. */
export function createCommitRecord(): CommitRecord {
  const trades: AcknowledgedTrade[] = [];
  return {
    acknowledge: (trade) => {
      trades.push(trade);
    },
    trades: () => trades,
  };
}
