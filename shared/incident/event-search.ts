import type { TimelineEvent, TimelineEventType } from './timeline-event.ts';

const DENIALS = new Set<TimelineEventType>([
  'approval.denied',
  'salvage.denied',
  'restore-point.denied',
  'instance-change.denied',
]);

/** Whether an event says that its step was done. A denial is done by being refused. */
export function isDone({ type, outcome }: TimelineEvent): boolean {
  return outcome === 'succeeded' || (DENIALS.has(type) && outcome === 'refused');
}

/** All events of a type whose step was done, in order. */
export function succeeded(events: readonly TimelineEvent[], type: TimelineEventType): TimelineEvent[] {
  return events.filter((event) => event.type === type && isDone(event));
}

/** The first success of any of `types`, by the moment at which it happened. */
export function earliest(
  events: readonly TimelineEvent[],
  ...types: readonly TimelineEventType[]
): TimelineEvent | undefined {
  return types
    .flatMap((type) => succeeded(events, type))
    .toSorted((left, right) => Date.parse(left.occurredAt) - Date.parse(right.occurredAt))
    .at(0);
}

/** The last recorded success of a type. */
export function latest(events: readonly TimelineEvent[], type: TimelineEventType): TimelineEvent | undefined {
  return succeeded(events, type).at(-1);
}
