import type { Actor } from '../incident/actor.ts';
import type { TradingControlRecord } from './trading-state.ts';

/** Why and by whom trading is stopped. */
export interface HaltOrder {
  readonly actor: Actor;
  readonly reason: string;
  readonly incidentId: string | null;
}

/** What happened to a halt: durable (stored) and published (pushed to the trading services). */
export interface HaltReceipt extends TradingControlRecord {
  /** False when trading was halted before: the first halt's time and actor stand. */
  readonly changed: boolean;
}

/** The one switch of the platform. Halting needs nothing; resuming needs the epoch that was read. */
export interface TradingControl {
  /** Stops all trading. Safe to repeat: a halted state stays as it is and is published again. */
  halt(order: HaltOrder): Promise<HaltReceipt>;
  /** The stored state; undefined when none was ever stored (readers treat that as HALTED). */
  read(): Promise<TradingControlRecord | undefined>;
  /**
   * Starts trading again.
   * @throws {TradingEpochChanged} when somebody changed the state since `expectedEpoch` was read.
   */
  resume(order: {
    actor: Actor;
    reason: string;
    incidentId: string;
    expectedEpoch: number;
  }): Promise<TradingControlRecord>;
}
