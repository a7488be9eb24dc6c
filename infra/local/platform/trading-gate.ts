import { setTimeout as delay } from 'node:timers/promises';
import { TradingState } from '../../../shared/trading/trading-state.ts';

/** What the trading services know of the trading state. */
interface TradingView {
  readonly state: TradingState;
  /** `unreadable`: nothing was read for too long, which counts as HALTED. */
  readonly source: 'read' | 'unreadable';
}

/** Before each order a trading service asks its gate. */
export interface TradingGate {
  view(): TradingView;
  close(): Promise<void>;
}

export interface TradingGateOptions {
  /** Reads the state from the recovery system. Rejects when it cannot. */
  readonly read: (signal: AbortSignal) => Promise<TradingState>;
  /** Time from the start of one read to the start of the next; the contract allows 250 ms. */
  readonly pollMillis?: number;
  /** Age from which the last answer counts for nothing; also how long a read may take. */
  readonly staleAfterMillis?: number;
}

const POLL_MILLIS = 200;
const STALE_AFTER_MILLIS = 1000;

/** Reads the trading state over and over. A read that fails, or takes too long, is HALTED. */
export function openTradingGate(options: TradingGateOptions): TradingGate {
  const { read, pollMillis = POLL_MILLIS, staleAfterMillis = STALE_AFTER_MILLIS } = options;
  const closing = new AbortController();
  let last: { state: TradingState; askedAtMillis: number } | undefined;

  async function poll(): Promise<void> {
    while (!closing.signal.aborted) {
      const askedAtMillis = performance.now();
      try {
        const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(staleAfterMillis)]);
        last = { state: TradingState.parse(await read(signal)), askedAtMillis };
      } catch {
        last = undefined;
      }
      const restMillis = Math.max(1, pollMillis - (performance.now() - askedAtMillis));
      await delay(restMillis, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  const polling = poll();
  return {
    view() {
      const fresh = last !== undefined && performance.now() - last.askedAtMillis <= staleAfterMillis;
      return last !== undefined && fresh
        ? { state: last.state, source: 'read' }
        : { state: 'HALTED', source: 'unreadable' };
    },
    async close() {
      closing.abort();
      await polling;
    },
  };
}
