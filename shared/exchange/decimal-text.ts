import * as z from 'zod';

/** A decimal number as text, as exchanges and PostgreSQL write sizes. A JSON number is none: it has been rounded already. */
export const DecimalText = z
  .string()
  .regex(/^-?\d{1,38}(\.\d{1,18})?$/, 'must be a decimal number in quotes, such as "-12.5"');
export type DecimalText = z.infer<typeof DecimalText>;

/** Both numbers as whole numbers of the finer of their last digits: what is computed with these is exact. */
function aligned(left: DecimalText, right: DecimalText): [left: bigint, right: bigint, decimals: number] {
  const decimals = Math.max(decimalsOf(left), decimalsOf(right));
  return [unitsOf(left, decimals), unitsOf(right, decimals), decimals];
}

function decimalsOf(text: DecimalText): number {
  return text.split('.')[1]?.length ?? 0;
}

function unitsOf(text: DecimalText, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const units = BigInt(whole + fraction.padEnd(decimals, '0'));
  return text.startsWith('-') ? -units : units;
}

/** `left - right`, exact, without zeros that say nothing. */
export function subtract(left: DecimalText, right: DecimalText): DecimalText {
  const [minuend, subtrahend, decimals] = aligned(left, right);
  return textOf(minuend - subtrahend, decimals);
}

/** Whether a number lies no further from nothing than `limit`. */
export function isWithin(value: DecimalText, limit: DecimalText): boolean {
  const [units, most] = aligned(value, limit);
  return (units < 0n ? -units : units) <= most;
}

function textOf(units: bigint, decimals: number): DecimalText {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
