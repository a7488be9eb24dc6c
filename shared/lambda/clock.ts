/** Where the time comes from. Injected everywhere, so that rules and deadlines can be tested without waiting. */
export interface Clock {
  /** The present moment; milliseconds are its finest unit. */
  now(): Date;
}

/** The wall clock of the machine that runs the function. */
export const systemClock: Clock = { now: () => new Date() };

/**
 * Whole and fractional seconds from one RFC 3339 time to another; negative when `to` lies before `from`.
 * @throws {RangeError} when one of them is no time.
 */
export function secondsBetween(from: string, to: string): number {
  return (epochMillis(to) - epochMillis(from)) / 1000;
}

/**
 * Milliseconds since 1970 of an RFC 3339 time. Finer digits are dropped: compare texts where they matter.
 * @throws {RangeError} when the text is no time.
 */
export function epochMillis(timestamp: string): number {
  const millis = Date.parse(timestamp);
  if (Number.isNaN(millis)) throw new RangeError(`Not an RFC 3339 time: ${JSON.stringify(timestamp)}`);
  return millis;
}

/** The RFC 3339 time that lies `seconds` after `timestamp`. */
export function addSeconds(timestamp: string, seconds: number): string {
  return new Date(epochMillis(timestamp) + seconds * 1000).toISOString();
}
