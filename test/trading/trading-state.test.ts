import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strictest, TradingState } from '../../shared/trading/trading-state.ts';

const states = fc.array(fc.constantFrom(...TradingState.options), { maxLength: 3 });

describe('the trading state of several scopes', () => {
  it('is halted when nothing can be read', () => {
    expect(strictest([])).toBe('HALTED');
  });

  it('is never looser than any of them', () => {
    fc.assert(
      fc.property(states, fc.constantFrom(...TradingState.options), (some, one) => {
        const order = TradingState.options;
        expect(order.indexOf(strictest([...some, one]))).toBeGreaterThanOrEqual(order.indexOf(one));
      }),
      { seed: 3 },
    );
  });

  it('is halted as soon as one scope is', () => {
    fc.assert(
      fc.property(states, (some) => {
        expect(strictest([...some, 'HALTED'])).toBe('HALTED');
      }),
      { seed: 4 },
    );
  });
});
