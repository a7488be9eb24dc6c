import type { DatabaseActivity } from './database-activity.ts';

/** SOP P1: "Increased latency (>1 second)". */
const LATENCY_LIMIT_MILLIS = 1000;

/**
 * What still keeps ordinary users from working; empty when they can. That the recovery got in proves nothing for them, since it has
 * reserved slots: so their own slots are counted.
 */
export function findConnectionFaults(activity: DatabaseActivity): string[] {
  const { probeLatencyMillis, takenSlots, ordinarySlots, longestBlockingSeconds, blockedSessions } = activity;
  return [
    ...(probeLatencyMillis > LATENCY_LIMIT_MILLIS
      ? [`probeLatencyMillis: ${probeLatencyMillis}, must be at most ${LATENCY_LIMIT_MILLIS}`]
      : []),
    ...(takenSlots >= ordinarySlots
      ? [`takenSlots: ${takenSlots} of ${ordinarySlots} ordinary slots are taken, one must be free`]
      : []),
    ...(longestBlockingSeconds * 1000 > 2 * LATENCY_LIMIT_MILLIS
      ? [
          `blockedSessions: ${blockedSessions} wait for a transaction of ${Math.round(longestBlockingSeconds)} s`,
        ]
      : []),
  ];
}
