import { expect, test } from 'vitest';
import { countText, durationText, momentText, percentText } from '../../shared/incident/duration-text.ts';

test.each([
  [0, '0 s'],
  [0.0432, '0.04 s'],
  [3.1, '3.1 s'],
  [9.999, '10 s'],
  [42.34, '42.3 s'],
  [60, '1 min'],
  [1751, '29 min 11 s'],
  [3599.7, '1 h'],
  [7500, '2 h 5 min'],
  [86_399, '1 d'],
  [100_000, '1 d 4 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('100 % is said of the whole only', () => {
  expect(percentText(0.99999)).toBe('99.9 %');
  expect(percentText(1)).toBe('100 %');
});

test('counts and moments', () => {
  expect(countText(1234567)).toBe('1,234,567');
  expect(momentText('2026-03-14T09:26:53.123456Z')).toBe('2026-03-14 09:26:53 UTC');
});
