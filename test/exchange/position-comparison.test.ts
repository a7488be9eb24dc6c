import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePositions,
  describePositions,
  positionConcerns,
} from '../../shared/exchange/position-comparison.ts';
import type { ExchangePositions } from '../../shared/exchange/positions-endpoint.ts';

const asOf = '2026-01-31T03:05:07Z';
const read = (exchange: string, positions: Record<string, string>): ExchangePositions => ({
  state: 'read',
  exchange,
  asOf,
  positions: Object.entries(positions).map(([symbol, net]) => ({ symbol, net })),
});
const unknown = (exchange: string): ExchangePositions => ({
  state: 'unknown',
  exchange,
  reason: 'HTTP 503',
});
const known = (exchange: string, positions: Record<string, string>) =>
  Object.entries(positions).map(([symbol, net]) => ({ exchange, symbol, net }));

describe('positions of exchanges against the database', () => {
  it('are equal however the numbers are written, and a symbol that one side does not name is nothing there', () => {
    const compared = comparePositions(
      [read('kraken', { 'BTC/USD': '1.50', 'ETH/USD': '0.00' })],
      known('kraken', { 'BTC/USD': '1.50000000', 'SOL/USD': '0' }),
      {},
    );
    expect(compared).toEqual({ equal: 3, differences: [], unknown: [] });
    expect(positionConcerns(compared)).toEqual([]);
  });

  it('that the database does not know, or knows alone, are named with both sides', () => {
    const compared = comparePositions(
      [read('kraken', { 'BTC/USD': '2', 'ETH/USD': '-3' }), read('binance', {})],
      [...known('kraken', { 'BTC/USD': '2' }), ...known('binance', { 'BTC/USD': '0.1' })],
      {},
    );
    expect(positionConcerns(compared)).toEqual([
      'kraken ETH/USD: -3 on the exchange, 0 in the database (-3)',
      'binance BTC/USD: 0 on the exchange, 0.1 in the database (-0.1)',
    ]);
    expect(describePositions(compared)).toBe(
      'Positions on the exchanges against the database: 1 equal, 2 different, 0 within tolerance, 0 exchanges unknown',
    );
  });

  it('of one exchange never make up for those of another', () => {
    const compared = comparePositions(
      [read('kraken', { X: '1' }), read('binance', {})],
      known('binance', { X: '1' }),
      {},
    );
    expect(compared.differences).toHaveLength(2);
  });

  it('that differ within the tolerance of their symbol are listed and concern nobody', () => {
    const compared = comparePositions(
      [read('kraken', { 'BTC/USD': '1.0005', 'ETH/USD': '1.0005' })],
      known('kraken', { 'BTC/USD': '1', 'ETH/USD': '1' }),
      { 'BTC/USD': '0.001' },
    );
    expect(compared.differences.map(({ symbol, tolerated }) => [symbol, tolerated])).toEqual([
      ['BTC/USD', true],
      ['ETH/USD', false],
    ]);
    expect(positionConcerns(compared)).toHaveLength(1);
  });

  it('of an exchange that cannot be read are unknown and never equal, even where the database holds nothing', () => {
    const compared = comparePositions([unknown('kraken'), read('binance', {})], [], {});
    expect(compared).toMatchObject({ equal: 0, unknown: [{ exchange: 'kraken', reason: 'HTTP 503' }] });
    expect(positionConcerns(compared)).toEqual(['kraken: positions unknown: HTTP 503']);
  });

  it('of an exchange that nobody is configured to ask are unknown, as is everything when nobody could ask', () => {
    expect(positionConcerns(comparePositions([], known('ftx', { X: '1' }), {}))).toEqual([
      'ftx: positions unknown: no address is configured for its positions',
    ]);
    expect(positionConcerns(comparePositions(null, [], {}))).toEqual([
      'every exchange: positions unknown: could not be asked',
    ]);
  });

  it('concern somebody exactly when some symbol differs, and each difference is what is missing', () => {
    const book = fc.dictionary(fc.constantFrom('A', 'B', 'C', 'D'), fc.integer({ min: -50, max: 50 }));
    fc.assert(
      fc.property(book, book, (there, here) => {
        const text = (sizes: Record<string, number>) =>
          Object.fromEntries(Object.entries(sizes).map(([symbol, size]) => [symbol, (size / 10).toFixed(1)]));
        const { differences } = comparePositions(
          [read('kraken', text(there))],
          known('kraken', text(here)),
          {},
        );
        const expected = ['A', 'B', 'C', 'D'].filter(
          (symbol) => (there[symbol] ?? 0) !== (here[symbol] ?? 0),
        );
        expect(differences.map(({ symbol }) => symbol)).toEqual(expected);
        for (const { symbol, difference } of differences)
          expect(Math.round(Number(difference) * 10)).toBe((there[symbol] ?? 0) - (here[symbol] ?? 0));
      }),
      { seed: 31 },
    );
  });
});
