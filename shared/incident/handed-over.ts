import type { TimelineEvent } from './timeline-event.ts';

/**
 * Whether people were paged for this very reason and nothing has been done since: a parent execution that fails because its child
 * did must not page them a second time.
 */
export function wasHandedOver(events: readonly TimelineEvent[], reason: string): boolean {
  const since = events.filter(({ type }) => type !== 'report.written' && type !== 'step.failed');
  const last = since.at(-1);
  return last?.type === 'incident.handed-over' && last.detail.reason === reason;
}
