import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  epochMicros,
  floorToSecond,
  GivenTimestamp,
  lastSecondBefore,
  Timestamp,
} from '../../shared/lambda/timestamp.ts';

describe('a time', () => {
  it.each([
    '2026-01-31T03:05:07Z',
    '2026-01-31T03:05:07.1Z',
    '2026-01-31T03:05:07.123456Z',
    '2024-02-29T00:00:00Z',
  ])('may be %s', (text) => {
    expect(Timestamp.safeParse(text).success).toBe(true);
  });

  it.each([
    '2026-01-31 03:05:07Z',
    '2026-01-31T03:05:07',
    '2026-01-31T03:05:07+00:00',
    '2026-01-31T03:05:07+01:00',
    '2026-01-31T24:00:00Z',
    '2026-01-31T03:05:60Z',
    '2026-02-29T03:05:07Z',
    '2026-13-01T03:05:07Z',
    '2026-01-31T03:05:07.1234567Z',
    '1769828707',
    '',
  ])('may not be %s', (text) => {
    expect(Timestamp.safeParse(text).success).toBe(false);
  });

  it('keeps its microseconds, which a Date drops', () => {
    expect(epochMicros('2026-01-31T03:05:07.123456Z') - epochMicros('2026-01-31T03:05:07.123455Z')).toBe(1n);
    expect(epochMicros('2026-01-31T03:05:07.1Z') - epochMicros('2026-01-31T03:05:07Z')).toBe(100_000n);
  });

  it('is floored to its second, never beyond it', () => {
    const micros = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n });
    fc.assert(
      fc.property(micros, (value) => {
        const millis = Number(value / 1000n);
        const text = new Date(millis)
          .toISOString()
          .replace(/\d{3}Z$/, `${String(value % 1_000_000n).padStart(6, '0')}Z`);
        const difference = epochMicros(text) - epochMicros(floorToSecond(text));
        expect(difference >= 0n && difference < 1_000_000n).toBe(true);
      }),
      { seed: 8 },
    );
  });

  it.each([
    ['2026-01-31T03:05:07.000001Z', '2026-01-31T03:05:07Z'],
    ['2026-01-31T03:05:07.999999Z', '2026-01-31T03:05:07Z'],
    ['2026-01-31T03:05:07.000000Z', '2026-01-31T03:05:06Z'],
    ['2026-01-31T03:05:07Z', '2026-01-31T03:05:06Z'],
    ['2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z'],
  ])('has a last whole second strictly before it: of %s it is %s', (text, second) => {
    expect(lastSecondBefore(text)).toBe(second);
  });
});

describe('a time that a person gives', () => {
  it.each([
    ['2026-01-31T03:05:07.123456Z', '2026-01-31T03:05:07.123456Z'],
    ['2026-01-31T05:05:07.123456+02:00', '2026-01-31T03:05:07.123456Z'],
    ['2026-01-31T00:35:07.1+05:30', '2026-01-30T19:05:07.1Z'],
    ['2025-12-31T22:05:07-05:00', '2026-01-01T03:05:07Z'],
  ])('may be %s, which is %s', (text, utc) => {
    expect(GivenTimestamp.parse(text)).toBe(utc);
  });

  it.each([
    '2026-01-31T03:05:07',
    '2026-01-31 03:05:07+02:00',
    '2026-01-31T03:05:07+2',
    '2026-01-31T03:05:07+0200',
    '2026-01-31T03:05:07+24:00',
    '2026-02-30T03:05:07+02:00',
    '2026-01-31T03:05:07 CET',
  ])('may not be %s', (text) => {
    expect(GivenTimestamp.safeParse(text).success).toBe(false);
  });

  it('is the same moment in every zone', () => {
    const zone = fc.tuple(fc.constantFrom('+', '-'), fc.nat(14), fc.nat(59));
    fc.assert(
      fc.property(fc.nat(1_900_000_000), fc.nat(999_999), zone, (second, micros, [sign, hours, minutes]) => {
        const offsetSeconds = (hours * 60 + minutes) * 60 * (sign === '+' ? 1 : -1);
        const fraction = String(micros).padStart(6, '0');
        const local = new Date((second + offsetSeconds) * 1000).toISOString().slice(0, 19);
        if (second + offsetSeconds < 0) return;
        const offset = `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        const utc = GivenTimestamp.parse(`${local}.${fraction}${offset}`);
        expect(epochMicros(utc)).toBe(BigInt(second) * 1_000_000n + BigInt(micros));
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });
});
