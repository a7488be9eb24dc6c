import * as z from 'zod';
import { secondsBetween } from '../lambda/clock.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { DecimalText } from './decimal-text.ts';

/** The net open position in one symbol: bought less sold, negative when short. */
export const NetPosition = z.object({ symbol: z.string().min(1).max(64), net: DecimalText });
export type NetPosition = z.infer<typeof NetPosition>;

/** What a positions endpoint must answer, HTTP 2xx: all open positions of the platform's accounts, netted by symbol. */
const PositionsBody = z.object({
  /** The moment that it is true of. */
  asOf: Timestamp,
  /** False when some account or page could not be read. */
  complete: z.boolean(),
  positions: z.array(NetPosition).max(10_000),
});

/** What an exchange reports, or why nobody knows. Unknown is never the same as nothing. */
export const ExchangePositions = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('read'),
    exchange: z.string(),
    asOf: Timestamp,
    positions: z.array(NetPosition),
  }),
  z.object({ state: z.literal('unknown'), exchange: z.string(), reason: z.string() }),
]);
export type ExchangePositions = z.infer<typeof ExchangePositions>;

/** Positions of an earlier time are those of before the last fills. */
const MOST_SECONDS_OFF = 60;

/** One look at the positions of an exchange. */
interface PositionsQuery {
  readonly exchange: string;
  readonly url: string;
  readonly timeoutMillis: number;
  readonly now: () => Date;
}

/** Asks once. Every failure is an unknown with its reason, never an error: the other exchanges are read all the same. */
async function readPositions({
  exchange,
  url,
  timeoutMillis,
  now,
}: PositionsQuery): Promise<ExchangePositions> {
  const unknown = (reason: string): ExchangePositions => ({ state: 'unknown', exchange, reason });
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis), redirect: 'error' });
    const text = await response.text();
    if (!response.ok) return unknown(`HTTP ${response.status}`);
    return interpretPositions(exchange, text, now().toISOString());
  } catch (error) {
    const { name, message, cause } = error as Error;
    const code = (cause as { code?: string } | undefined)?.code;
    return unknown(name === 'TimeoutError' ? `no answer within ${timeoutMillis} ms` : (code ?? message));
  }
}

/** What the body of an answer says; anything that is not wholly understood is unknown. */
export function interpretPositions(exchange: string, text: string, now: string): ExchangePositions {
  const unknown = (reason: string): ExchangePositions => ({ state: 'unknown', exchange, reason });
  const body = PositionsBody.safeParse(parseJson(text));
  if (!body.success) {
    const [issue] = body.error.issues;
    return unknown(`an answer that is not understood: ${issue?.path.join('.') || 'body'}: ${issue?.message}`);
  }
  const { asOf, complete, positions } = body.data;
  if (!complete) return unknown('an answer that is not complete');
  const secondsOld = secondsBetween(asOf, now);
  if (Math.abs(secondsOld) > MOST_SECONDS_OFF) return unknown(`an answer of ${asOf}, when it was ${now}`);
  const symbols = positions.map(({ symbol }) => symbol);
  const twice = symbols.find((symbol, index) => symbols.indexOf(symbol) !== index);
  if (twice !== undefined) return unknown(`an answer that names ${twice} twice`);
  return { state: 'read', exchange, asOf, positions };
}

/** Asks until the positions are read, at most `attempts` times in a row. */
export async function readPositionsRepeatedly(
  query: PositionsQuery,
  attempts: number,
): Promise<ExchangePositions> {
  let reading = await readPositions(query);
  for (let attempt = 1; attempt < attempts && reading.state === 'unknown'; attempt += 1) {
    reading = await readPositions(query);
  }
  return reading;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
