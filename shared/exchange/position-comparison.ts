import * as z from 'zod';
import { DecimalText } from './decimal-text.ts';
import { isWithin, subtract, withoutZeros } from './exact-decimals.ts';
import type { ExchangePositions } from './positions-endpoint.ts';

/** What the platform's database holds as open in one symbol on one exchange, netted. */
export const KnownPosition = z.object({ exchange: z.string(), symbol: z.string(), net: DecimalText });
export type KnownPosition = z.infer<typeof KnownPosition>;

/** A symbol in which exchange and database do not say the same. */
const PositionDifference = z.object({
  exchange: z.string(),
  symbol: z.string(),
  onExchange: DecimalText,
  inDatabase: DecimalText,
  /** What the exchange holds more than the database knows; negative: less. */
  difference: DecimalText,
  /** It lies within the declared tolerance of the symbol. */
  tolerated: z.boolean(),
});

/** Positions as the exchanges report them against those of the live database. */
export const PositionComparison = z.object({
  /** Pairs of exchange and symbol that are exactly equal. */
  equal: z.int().nonnegative(),
  differences: z.array(PositionDifference),
  /** Exchanges of which nobody knows: never taken for equal. */
  unknown: z.array(z.object({ exchange: z.string(), reason: z.string() })),
});
export type PositionComparison = z.infer<typeof PositionComparison>;

/** Tolerances by symbol; what is not named must be exactly equal. */
export const PositionTolerances = z.record(z.string(), DecimalText);

const NOTHING = '0';

/**
 * Compares exactly, per exchange and symbol. A symbol that one side does not name is nothing there.
 * @param readings of every configured exchange; null when nobody could be asked.
 */
export function comparePositions(
  readings: readonly ExchangePositions[] | null,
  known: readonly KnownPosition[],
  tolerances: z.infer<typeof PositionTolerances>,
): PositionComparison {
  if (readings === null)
    return {
      equal: 0,
      differences: [],
      unknown: [{ exchange: 'every exchange', reason: 'could not be asked' }],
    };
  const asked = new Set(readings.map(({ exchange }) => exchange));
  const unasked = [...new Set(known.map(({ exchange }) => exchange))].filter((name) => !asked.has(name));
  const pairs = readings.flatMap((reading) => (reading.state === 'read' ? pairsOf(reading, known) : []));
  const different = pairs.filter(({ difference }) => difference !== NOTHING);
  return {
    equal: pairs.length - different.length,
    differences: different.map((pair) => ({
      ...pair,
      tolerated: isWithin(pair.difference, tolerances[pair.symbol] ?? NOTHING),
    })),
    unknown: [
      ...readings.flatMap((reading) =>
        reading.state === 'unknown' ? [{ exchange: reading.exchange, reason: reading.reason }] : [],
      ),
      ...unasked.map((exchange) => ({ exchange, reason: 'no address is configured for its positions' })),
    ],
  };
}

function pairsOf(
  { exchange, positions }: Extract<ExchangePositions, { state: 'read' }>,
  known: readonly KnownPosition[],
) {
  const reported = new Map(positions.map(({ symbol, net }) => [symbol, net]));
  const held = new Map(
    known.filter((position) => position.exchange === exchange).map(({ symbol, net }) => [symbol, net]),
  );
  return [...new Set([...reported.keys(), ...held.keys()])].sort().map((symbol) => {
    const onExchange = withoutZeros(reported.get(symbol) ?? NOTHING);
    const inDatabase = withoutZeros(held.get(symbol) ?? NOTHING);
    return { exchange, symbol, onExchange, inDatabase, difference: subtract(onExchange, inDatabase) };
  });
}

/** What people must look at before trading resumes, one line each; empty when all is equal or tolerated. */
export function positionConcerns({ differences, unknown }: PositionComparison): string[] {
  return [
    ...differences
      .filter(({ tolerated }) => !tolerated)
      .map(
        ({ exchange, symbol, onExchange, inDatabase, difference }) =>
          `${exchange} ${symbol}: ${onExchange} on the exchange, ${inDatabase} in the database (${difference})`,
      ),
    ...unknown.map(({ exchange, reason }) => `${exchange}: positions unknown: ${reason}`),
  ];
}

/** What is not equal, a row each: exchange, symbol, both sides, the difference, and whether it is `tolerated`, `different` or `unknown`. */
export function positionRows({ differences, unknown }: PositionComparison): string[][] {
  return [
    ...differences.map(({ exchange, symbol, onExchange, inDatabase, difference, tolerated }) => [
      exchange,
      symbol,
      onExchange,
      inDatabase,
      difference,
      tolerated ? 'tolerated' : 'different',
    ]),
    ...unknown.map(({ exchange, reason }) => [exchange, 'all', reason, '', '', 'unknown']),
  ];
}

/** The comparison as one sentence. */
export function describePositions(comparison: PositionComparison | null): string {
  if (comparison === null)
    return 'Positions were not compared: no exchange is configured to report them, or trading goes on';
  const { equal, differences, unknown } = comparison;
  const tolerated = differences.filter((difference) => difference.tolerated).length;
  return `Positions on the exchanges against the database: ${equal} equal, ${differences.length - tolerated} different, ${tolerated} within tolerance, ${unknown.length} exchanges unknown`;
}
