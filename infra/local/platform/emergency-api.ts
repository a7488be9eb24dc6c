import { TradingStateView } from '../../../shared/trading/api-contract.ts';

/** The API did not say what the trading state is. */
class TradingStateUnreadable extends Error {
  override readonly name = 'TradingStateUnreadable';
}

/**
 * Asks the emergency API for the trading state, as the trading services do.
 * @param address of the API with its stage.
 * @throws {TradingStateUnreadable} with the HTTP status; or the error of a broken connection.
 */
export async function readTradingView(
  address: string,
  token: string,
  signal: AbortSignal,
): Promise<TradingStateView> {
  const response = await fetch(`${address}/trading-state`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  if (!response.ok) throw new TradingStateUnreadable(`HTTP ${response.status}: ${await response.text()}`);
  return TradingStateView.parse(await response.json());
}
