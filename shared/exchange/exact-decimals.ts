import { Decimal } from 'decimal.js';
import type { DecimalText } from './decimal-text.ts';

/** As many digits as a difference of two such texts can have: nothing that is computed with it is ever rounded. */
const Exact = Decimal.clone({ precision: 39 + 18 });

/** `left - right`, exact, without zeros that say nothing. */
export function subtract(left: DecimalText, right: DecimalText): DecimalText {
  return textOf(new Exact(left).minus(right));
}

/** The same number without zeros that say nothing: `126.90000000` is `126.9`. */
export function withoutZeros(text: DecimalText): DecimalText {
  return textOf(new Exact(text));
}

/** Whether a number lies no further from nothing than `limit`. */
export function isWithin(value: DecimalText, limit: DecimalText): boolean {
  return new Exact(value).abs().lte(limit);
}

function textOf(number: Decimal): DecimalText {
  // Decimal knows a negative zero, which nobody means.
  return number.isZero() ? '0' : number.toFixed();
}
