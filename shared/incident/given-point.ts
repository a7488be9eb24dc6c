import { detailOf } from './event-detail.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** Who gave this restore point when the procedure asked for it, and why; undefined when it came with the start. */
export function whoGave(
  events: readonly TimelineEvent[],
  restorePoint: string,
): { readonly name: string; readonly reason: string } | undefined {
  const given = events
    .map((event) => detailOf(event, 'restore-point.decided'))
    .findLast((decided) => decided.restorePoint === restorePoint);
  return given?.name === undefined ? undefined : { name: given.name, reason: given.reason ?? '' };
}
