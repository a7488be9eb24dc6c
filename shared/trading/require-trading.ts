import { TradingHaltedAgain } from './errors.ts';
import type { TradingControl } from './trading-control.ts';

/**
 * Lets pass only while the platform trades.
 * @throws {TradingHaltedAgain} in every other state, and when none is stored: an incident is not over while trading stands still.
 */
export async function requireTrading(control: Pick<TradingControl, 'read'>): Promise<void> {
  const record = await control.read();
  if (record?.state === 'ACTIVE') return;
  throw new TradingHaltedAgain(
    record === undefined
      ? 'tradingState: none is stored'
      : `tradingState: ${record.state} since ${record.changedAt} by ${record.changedBy.id}: ${record.reason}`,
  );
}
