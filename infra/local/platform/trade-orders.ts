import type { TradingState } from '../../../shared/trading/trading-state.ts';
import type { Random } from './random.ts';
import { tradeContentSql } from './trade-content.ts';

/** One statement that gives the content of the trade that it made and where it was filled, or nothing when the order was refused. */
export interface TradeOrder {
  readonly tradeId: number;
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Numbers that no other writer uses, not even after a restore. */
export interface TradeNumbers {
  nextTradeId(): number;
  nextPositionId(): number;
}

/** Fewest and most open positions between which a writer keeps its share. */
const FEWEST_POSITIONS = 10;
const FEE = '0.1';
/** What of a trade the venue is told. */
const FILLED = 'traded.symbol, traded.side, traded.quantity::text AS quantity';
const PAIRS = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'];

/** Invents the orders of one writer, on positions that no other writer touches. */
export class OrderBook {
  readonly #random: Random;
  readonly #numbers: TradeNumbers;
  readonly #users: number;
  #positions: number[] = [];

  constructor(random: Random, numbers: TradeNumbers, users: number) {
    this.#random = random;
    this.#numbers = numbers;
    this.#users = users;
  }

  /** Starts from what the database says, after the first connection and after each new one. */
  load(positionIds: readonly number[]): void {
    this.#positions = [...positionIds];
  }

  /** The next order that the trading state allows; undefined when it allows none. */
  next(state: TradingState): TradeOrder | undefined {
    if (state === 'ACTIVE') {
      const chance = this.#random.fraction();
      if (this.#positions.length < FEWEST_POSITIONS || chance < 0.1) return this.#open();
      return chance < 0.5 ? this.#change(1) : this.#change(-1);
    }
    if (state === 'REDUCE_ONLY' && this.#positions.length > 0) return this.#change(-1);
    return undefined;
  }

  /** The order was refused: its position is not open (any more). */
  refused(order: TradeOrder): void {
    const positionId = order.values[1];
    this.#positions = this.#positions.filter((known) => known !== positionId);
  }

  #open(): TradeOrder {
    const tradeId = this.#numbers.nextTradeId();
    const positionId = this.#numbers.nextPositionId();
    this.#positions.push(positionId);
    return {
      tradeId,
      sql: `SELECT ${tradeContentSql('traded')} AS content, $4::text AS exchange, ${FILLED} FROM open_position($1, $2, $3, $4, $5, $6, $7, $8, $9) AS traded WHERE traded.id IS NOT NULL`,
      values: [
        tradeId,
        positionId,
        1 + this.#random.whole(this.#users),
        this.#random.fraction() < 0.7 ? 'binance' : 'kraken',
        PAIRS[this.#random.whole(PAIRS.length)] ?? 'BTC/USD',
        this.#random.fraction() < 0.5 ? 'LONG' : 'SHORT',
        this.#size(),
        this.#price(),
        FEE,
      ],
    };
  }

  #change(direction: 1 | -1): TradeOrder {
    const tradeId = this.#numbers.nextTradeId();
    const positionId = this.#positions[this.#random.whole(this.#positions.length)] ?? 0;
    const size = this.#size();
    return {
      tradeId,
      sql: `SELECT ${tradeContentSql('traded')} AS content, (SELECT exchange FROM positions WHERE id = $2) AS exchange, ${FILLED} FROM trade_position($1, $2, $3, $4, $5) AS traded WHERE traded.id IS NOT NULL`,
      values: [tradeId, positionId, direction === 1 ? size : `-${size}`, this.#price(), FEE],
    };
  }

  #size(): string {
    return `${this.#random.whole(9)}.${1 + this.#random.whole(9)}`;
  }

  #price(): string {
    return `${100 + this.#random.whole(900)}.${String(this.#random.whole(100)).padStart(2, '0')}`;
  }
}
