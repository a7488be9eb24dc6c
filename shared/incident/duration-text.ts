const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time as a person says it: `3.1 s`, `29 min 11 s`, `2 h 5 min`, `3 d 4 h`. Two units at most. */
export function durationText(seconds: number): string {
  if (seconds < MINUTE) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return join(Math.floor(whole / MINUTE), 'min', whole % MINUTE, 's');
  const minutes = Math.round(seconds / MINUTE);
  if (minutes * MINUTE < DAY) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / HOUR);
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A share (0 to 1) in percent, rounded down so that 100 % is only said of the whole. */
export function percentText(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

/** A count with its thousands apart: `6,667`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** A time of day in UTC to the second: `09:26:53`. */
export function clockText(timestamp: string): string {
  return timestamp.slice(11, 19);
}

/** A day and time in UTC to the second: `2026-03-14 09:26:53 UTC`. */
export function momentText(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${clockText(timestamp)} UTC`;
}
