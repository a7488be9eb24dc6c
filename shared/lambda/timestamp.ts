import * as z from 'zod';

const UTC_TIMESTAMP =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$/;

/**
 * A moment in UTC, RFC 3339 with `Z`, to the microsecond at the finest (what PostgreSQL keeps).
 * Another zone, or none, is refused: a zoneless recovery target once cost peers five hours.
 */
export const Timestamp = z
  .string()
  .regex(UTC_TIMESTAMP, 'must be a UTC time such as 2026-01-31T03:05:07.123456Z')
  .refine((text) => isCalendarDate(text), 'must be a day that exists');
export type Timestamp = z.infer<typeof Timestamp>;

function isCalendarDate(text: string): boolean {
  const millis = Date.parse(text);
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text.slice(0, 10));
}

const ZONED_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;

/**
 * A moment that a person typed: with `Z` or with the offset of its zone, which is honoured exactly; gives the moment in UTC. Without
 * a zone it is refused: nobody can know which one was meant.
 */
export const GivenTimestamp = z
  .string()
  .regex(
    ZONED_TIME,
    'must be a time with its zone, such as 2026-01-31T03:05:07.123456Z or 2026-01-31T05:05:07+02:00',
  )
  .refine((text) => isCalendarDate(text.replace(/[+-]\d{2}:\d{2}$/, 'Z')), 'must be a day that exists')
  .transform((text) => {
    const fraction = /\.\d{1,6}/.exec(text)?.[0] ?? '';
    return floorToSecond(text).replace('Z', `${fraction}Z`);
  })
  .pipe(Timestamp);

/**
 * Microseconds since 1970 of a {@link Timestamp}, exact.
 * @throws {RangeError} when the text is no time.
 */
export function epochMicros(timestamp: string): bigint {
  const fraction = /\.(\d{1,6})/.exec(timestamp)?.[1] ?? '';
  const wholeSeconds = timestamp.replace(/\.\d+/, '');
  const millis = Date.parse(wholeSeconds);
  if (Number.isNaN(millis)) throw new RangeError(`Not an RFC 3339 time: ${JSON.stringify(timestamp)}`);
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0') || '0');
}

/** The {@link Timestamp} of microseconds since 1970, with all six digits. */
export function timestampOfMicros(micros: bigint): Timestamp {
  const seconds = wholeSecond(micros / 1_000_000n);
  return seconds.replace('Z', `.${String(micros % 1_000_000n).padStart(6, '0')}Z`);
}

/** The start of the whole second that holds `timestamp`: what remains where a service takes no finer target. */
export function floorToSecond(timestamp: string): Timestamp {
  return wholeSecond(epochMicros(timestamp) / 1_000_000n);
}

/** The last whole second that lies strictly before `timestamp`: of a whole second itself, the one before. */
export function lastSecondBefore(timestamp: string): Timestamp {
  return wholeSecond((epochMicros(timestamp) - 1n) / 1_000_000n);
}

function wholeSecond(seconds: bigint): Timestamp {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
