import { earliest } from './event-search.ts';
import type { TimelineEvent, TimelineEventType } from './timeline-event.ts';
import { resumedForGoodAt, tradingHistory } from './trading-history.ts';

/** A line of the "Timeline" in the SOP's report template. */
export interface Milestone {
  readonly title: string;
  /** Null while it has not been reached. */
  readonly at: string | null;
  readonly summary: string | null;
}

const FIXES: readonly TimelineEventType[] = [
  'cut-over.confirmed',
  'connection.healed',
  'sessions.ended',
  'database.optimized',
];

/** SOP "Incident Report Template, Timeline": its six lines, each with the event that reaches it. */
export function milestonesOf(events: readonly TimelineEvent[]): Milestone[] {
  const reachedBy = (title: string, ...types: readonly TimelineEventType[]): Milestone => {
    const event = earliest(events, ...types);
    return { title, at: event?.occurredAt ?? null, summary: event?.summary ?? null };
  };
  return [
    reachedBy('Incident detected', 'incident.detected'),
    reachedBy('Response team activated', 'incident.activated', 'contacts.notified'),
    reachedBy('Root cause identified', 'damage.classified'),
    reachedBy('Fix implemented', ...FIXES),
    restored(events),
    reachedBy('Full functionality confirmed', 'incident.closed'),
  ];
}

function restored(events: readonly TimelineEvent[]): Milestone {
  const title = 'Service restored';
  const stopped = tradingHistory(events).length > 0;
  const at = stopped ? resumedForGoodAt(events) : earliest(events, 'service.proven')?.occurredAt;
  const event = events.find(
    ({ type, occurredAt }) => occurredAt === at && type === (stopped ? 'trading.resumed' : 'service.proven'),
  );
  return { title, at: at ?? null, summary: event?.summary ?? null };
}
