/** A span of wall time, in milliseconds since 1970 with fractions. */
export interface Span {
  readonly startedAtMillis: number;
  readonly endedAtMillis: number;
}

/** What a recovery's time may go to, the first that applies counts. */
export interface RecoverySpans {
  /** From detection until service is resumed, or until the procedure has ended. */
  readonly recovery: Span;
  /** Real work on databases: copying, replaying, promoting, renaming, restarting, and every statement of the response. */
  readonly restoreWork: readonly Span[];
  /** People who were waited for. */
  readonly people: readonly Span[];
  /** Waits that the procedure makes on purpose (`Wait` states). */
  readonly waits: readonly Span[];
}

/** Where the time of a recovery went; the four parts add up to `totalSeconds`. */
export interface TimeSpent {
  readonly totalSeconds: number;
  readonly restoreWorkSeconds: number;
  readonly peopleSeconds: number;
  readonly waitSeconds: number;
  /** Everything else: functions, state machines and stand-ins. */
  readonly overheadSeconds: number;
  /** Overhead as a share of the total; 0 for a recovery of no time. */
  readonly overheadPercent: number;
}

/** Divides the time of a recovery. Overlapping spans count once, for the first part that they belong to. */
export function divideTime({ recovery, restoreWork, people, waits }: RecoverySpans): TimeSpent {
  const total = Math.max(0, recovery.endedAtMillis - recovery.startedAtMillis);
  const covered = (spans: readonly Span[]) => coveredMillis(spans, recovery);
  const restore = covered(restoreWork);
  const withPeople = covered([...restoreWork, ...people]);
  const withWaits = covered([...restoreWork, ...people, ...waits]);
  return {
    totalSeconds: total / 1000,
    restoreWorkSeconds: restore / 1000,
    peopleSeconds: (withPeople - restore) / 1000,
    waitSeconds: (withWaits - withPeople) / 1000,
    overheadSeconds: (total - withWaits) / 1000,
    overheadPercent: total === 0 ? 0 : (100 * (total - withWaits)) / total,
  };
}

/** Length of the union of the spans within `bounds`. */
function coveredMillis(spans: readonly Span[], bounds: Span): number {
  let sum = 0;
  let reached = bounds.startedAtMillis;
  for (const span of spans.toSorted((left, right) => left.startedAtMillis - right.startedAtMillis)) {
    const from = Math.max(span.startedAtMillis, reached);
    const to = Math.min(span.endedAtMillis, bounds.endedAtMillis);
    if (to <= from) continue;
    sum += to - from;
    reached = to;
  }
  return sum;
}
