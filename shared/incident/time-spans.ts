import type { TimelineEvent, TimelineEventType } from './timeline-event.ts';
import { type Lane, laneOf } from './timeline-lanes.ts';

/** A stretch of time that was spent on one thing. */
export interface TimeSpan {
  readonly lane: Lane;
  readonly label: string;
  readonly from: string;
  readonly to: string;
}

interface SpanRule {
  readonly label: string;
  readonly from: TimelineEventType;
  /** The first of these after `from` ends it. */
  readonly to: readonly TimelineEventType[];
}

/** What takes long: a restore, a swap, a decision. */
const RULES: readonly SpanRule[] = [
  { label: 'restore runs', from: 'restore.started', to: ['database-instance.ready', 'step.failed'] },
  {
    label: 'cut-over',
    from: 'cut-over.source-fenced',
    to: ['cut-over.confirmed', 'cut-over.rolled-back', 'step.failed'],
  },
  {
    label: 'people decide',
    from: 'approval.requested',
    to: ['trading.resumed', 'approval.denied', 'incident.handed-over', 'step.failed'],
  },
];

/** The long stretches of an incident. One that has not ended goes on to the last event. */
export function timeSpans(events: readonly TimelineEvent[]): TimeSpan[] {
  return RULES.flatMap(({ label, from, to }) =>
    events.flatMap((event, index) => {
      if (event.type !== from) return [];
      const end = events.slice(index + 1).find(({ type }) => to.includes(type)) ?? events.at(-1) ?? event;
      return [{ lane: laneOf(event), label, from: event.occurredAt, to: end.occurredAt }];
    }),
  );
}
