import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecimalText } from '../../shared/exchange/decimal-text.ts';
import { isWithin, subtract, withoutZeros } from '../../shared/exchange/exact-decimals.ts';

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, digits]) => {
    const text = String(units < 0n ? -units : units).padStart(digits + 1, '0');
    const whole = text.slice(0, text.length - digits);
    return `${units < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`;
  });

describe('decimal texts', () => {
  it.each([
    ['0.3', '0.1', '0.2'],
    ['0.1', '0.3', '-0.2'],
    ['-1.50', '-1.5', '0'],
    ['100', '0.00000001', '99.99999999'],
    ['9007199254740993', '9007199254740992', '1'],
    ['-0', '0', '0'],
    [
      `-${'9'.repeat(38)}.${'9'.repeat(18)}`,
      `${'9'.repeat(38)}.${'9'.repeat(18)}`,
      `-1${'9'.repeat(38)}.${'9'.repeat(17)}8`,
    ],
    ['0.000000000000000001', '0.000000000000000003', '-0.000000000000000002'],
    ['123456789012345678901234567890.12345678', '0.00000001', '123456789012345678901234567890.12345677'],
  ])('%s - %s = %s, exactly', (left, right, difference) => {
    expect(subtract(left, right)).toBe(difference);
  });

  it.each([
    ['126.90000000', '126.9'],
    ['-0.00', '0'],
    ['1000', '1000'],
    ['0.000000010', '0.00000001'],
  ])('%s is written as %s', (text, written) => {
    expect(withoutZeros(text)).toBe(written);
  });

  it('are subtracted so that the same is left when it is added again, and are numbers themselves', () => {
    fc.assert(
      fc.property(decimals, decimals, (left, right) => {
        const difference = subtract(left, right);
        expect(DecimalText.safeParse(difference).success).toBe(true);
        expect(subtract(subtract(left, difference), right)).toBe('0');
        expect(subtract(right, left)).toBe(subtract('0', difference));
      }),
      { seed: 31 },
    );
  });

  it.each([
    ['0.001', '0.001', true],
    ['-0.001', '0.001', true],
    ['0.00100001', '0.001', false],
    ['-0.1', '0', false],
    ['0', '0', true],
  ])('%s lies within %s: %s', (value, limit, within) => {
    expect(isWithin(value, limit)).toBe(within);
  });

  it.each(['1e5', '1.', '.5', 'NaN', '', '1,5', '+1', ' 1', '0x10'])('%j is none', (text) => {
    expect(DecimalText.safeParse(text).success).toBe(false);
  });
});
