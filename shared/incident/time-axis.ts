import { durationText } from './duration-text.ts';

/** A place on the axis. */
interface AxisMark {
  readonly x: number;
  readonly seconds: number;
  readonly label: string;
}

/** Turns seconds since detection into places. */
export interface TimeAxis {
  /** Right end of the time that is drawn to scale; behind it stand the deadlines that lie later. */
  readonly plotRight: number;
  readonly ticks: readonly AxisMark[];
  /** Where a moment is drawn; moments before detection stand at its line. */
  readonly x: (seconds: number) => number;
  /** Where a deadline is drawn: to scale, or in its order behind the end of the scale. */
  readonly deadlineX: (seconds: number) => number;
  readonly isBeyond: (seconds: number) => boolean;
}

const SHORTEST_EXTENT_SECONDS = 10;
/** A deadline that lies only this much later than the last event is drawn to scale. */
const NEARLY = 1.25;
const DEADLINE_STEP = 62;
const TICK_DISTANCE = 52;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Round times first: what comes later is drawn only where there is room. */
const TICKS_BY_ROUNDNESS = [
  ...[0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY],
  ...[10, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR, 3 * DAY],
  ...[30, 2 * MINUTE, 20 * MINUTE, 2 * HOUR, 4 * HOUR, 8 * HOUR, 2 * DAY, 5 * DAY],
  ...[5, 20, 15 * MINUTE, 45 * MINUTE, 1, 2],
];

/**
 * An axis on which the first seconds and the last hour are both readable: nearly even within the first moments and logarithmic
 * after them. It ends with the last event; later deadlines follow behind a break, in order but not to scale.
 */
export function timeAxis(
  lastEventSeconds: number,
  deadlineSeconds: readonly number[],
  left: number,
  right: number,
): TimeAxis {
  const deadlines = deadlineSeconds.toSorted((one, other) => one - other);
  const extent = extentOf(lastEventSeconds, deadlines);
  const beyond = [...new Set(deadlines.filter((seconds) => seconds > extent))];
  const plotRight = right - beyond.length * DEADLINE_STEP;
  const softness = Math.min(45, Math.max(1, extent / 60));
  const x = (seconds: number) =>
    left +
    ((plotRight - left) * Math.log1p(Math.min(extent, Math.max(0, seconds)) / softness)) /
      Math.log1p(extent / softness);
  return {
    plotRight,
    ticks: ticksOf(extent, x),
    x,
    isBeyond: (seconds) => seconds > extent,
    deadlineX: (seconds) =>
      seconds > extent ? plotRight + (beyond.indexOf(seconds) + 0.5) * DEADLINE_STEP : x(seconds),
  };
}

function extentOf(lastEventSeconds: number, deadlines: readonly number[]): number {
  const needed = Math.max(SHORTEST_EXTENT_SECONDS, lastEventSeconds) * 1.02;
  const near = deadlines.findLast((seconds) => seconds > needed && seconds <= needed * NEARLY);
  return near === undefined ? needed : near * 1.02;
}

function ticksOf(extent: number, x: TimeAxis['x']): AxisMark[] {
  const chosen: AxisMark[] = [];
  for (const seconds of TICKS_BY_ROUNDNESS) {
    const mark = { seconds, x: x(seconds), label: seconds === 0 ? '0' : durationText(seconds) };
    if (seconds > extent || chosen.some((other) => Math.abs(other.x - mark.x) < TICK_DISTANCE)) continue;
    chosen.push(mark);
  }
  return chosen.toSorted((one, other) => one.x - other.x);
}

/**
 * Puts things that would overlap above each other.
 * @returns the row of each place, in the order given.
 */
export function stack(places: readonly { readonly from: number; readonly to: number }[]): number[] {
  const ends: number[] = [];
  return places.map(({ from, to }) => {
    const free = ends.findIndex((end) => end <= from);
    const row = free === -1 ? ends.length : free;
    ends[row] = to;
    return row;
  });
}
