import { subtract } from '../../../shared/exchange/exact-decimals.ts';
import type { NetPosition } from '../../../shared/exchange/positions-endpoint.ts';
import { type HealthServer, startHealthServer } from './health-server.ts';

/** An order that the platform has carried out on a venue. */
export interface Fill {
  readonly exchange: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  /** Decimal text. */
  readonly quantity: string;
}

/** A venue that remembers what was traded on it, whatever becomes of the platform's database. */
export interface Exchange extends HealthServer {
  /** What was open before anybody looked. */
  hold(positions: readonly NetPosition[]): void;
  fill(fill: Pick<Fill, 'symbol' | 'side' | 'quantity'>): void;
}

/**
 * Starts a venue with a public status endpoint at `/health` and the platform's open positions at `/positions`.
 * @param name as in the configuration, e.g. `kraken`.
 */
export async function startExchange(name: string): Promise<Exchange> {
  const book = new Map<string, string>();
  const server = await startHealthServer(
    name,
    { path: '/health', body: () => ({ status: 'online', serverTime: new Date().toISOString() }) },
    {
      '/positions': () => ({
        asOf: new Date().toISOString(),
        complete: true,
        positions: [...book].filter(([, net]) => net !== '0').map(([symbol, net]) => ({ symbol, net })),
      }),
    },
  );
  return {
    ...server,
    hold(positions) {
      for (const { symbol, net } of positions) book.set(symbol, subtract(net, '0'));
    },
    fill({ symbol, side, quantity }) {
      const signed = side === 'BUY' ? `-${quantity}` : quantity;
      book.set(symbol, subtract(book.get(symbol) ?? '0', signed));
    },
  };
}
