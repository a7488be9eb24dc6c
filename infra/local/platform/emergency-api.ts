import { z } from 'zod';
import { TradingState } from '../../../shared/trading/trading-state.ts';

const TradingStateAnswer = z.object({ state: TradingState });

/** The API did not say what the trading state is. */
export class TradingStateUnreadable extends Error {
  override readonly name = 'TradingStateUnreadable';
}

/**
 * Asks the emergency API for the trading state, as the trading services do.
 * @param address of the API with its stage.
 * @throws {TradingStateUnreadable}
 */
export async function readTradingState(
  address: string,
  token: string,
  signal: AbortSignal,
): Promise<TradingState> {
  const response = await fetch(`${address}/trading-state`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  if (!response.ok) throw new TradingStateUnreadable(`HTTP ${response.status}`);
  return TradingStateAnswer.parse(await response.json()).state;
}
