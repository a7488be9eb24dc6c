import { epochMicros } from '../lambda/timestamp.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';

/** A service that stamps its trades itself may have a clock that is ahead by so much. */
const CLOCK_SKEW_MICROS = 5_000_000n;

/** SOP "Check latest data timestamp": the newest trade is not older than what was seen before, nor newer than it can be. */
export function latestTradeCheck(
  latestTradeAt: string | null,
  least: string | null | undefined,
  most: string | null,
): ProofCheck[] {
  const expected = [
    ...(least == null ? [] : [`not before ${least}`]),
    ...(most === null ? [] : [`not after ${most}`]),
  ].join(', ');
  const passed =
    latestTradeAt === null
      ? least == null
      : (least == null || epochMicros(latestTradeAt) >= epochMicros(least)) &&
        (most === null || epochMicros(latestTradeAt) <= epochMicros(most) + CLOCK_SKEW_MICROS);
  return [
    proofCheck(
      'latest-trade',
      'latest trade',
      passed,
      expected || 'any time',
      latestTradeAt ?? 'no trade at all',
    ),
  ];
}
