import { appendBestEffort } from './append-best-effort.ts';
import { detailOf } from './event-detail.ts';
import { cameInTime } from './requested-point.ts';
import type { Signal } from './signal.ts';
import type { Timeline } from './timeline.ts';
import type { TimelineEntry, TimelineEvent } from './timeline-event.ts';

/** A restore point that comes with a signal which joins an open incident. */
export interface PointRequest {
  readonly incidentId: string;
  readonly executionId: string;
  readonly restorePoint: string;
  readonly signal: Pick<Signal, 'initiator' | 'summary'>;
  /** RFC 3339 UTC. */
  readonly at: string;
}

/**
 * Asks the execution that leads for a restore point, and looks whether it can still follow. The timeline is one ordered log: a choice
 * that stands before the request is seen here, and one that is written after it finds the request.
 * @returns false when it came too late, or could not be written: nobody must believe that it is used.
 */
export async function requestRestorePoint(request: PointRequest, timeline: Timeline): Promise<boolean> {
  const { incidentId, executionId, restorePoint, signal, at } = request;
  const entry = (kind: string, said: Pick<TimelineEntry, 'outcome' | 'summary'>): TimelineEntry => ({
    incidentId,
    key: `${executionId}/OpenIncident/restore-point.requested/${kind}`,
    type: 'restore-point.requested',
    occurredAt: at,
    actor: signal.initiator,
    step: 'PITR target',
    detail: { restorePoint, name: signal.initiator.id, reason: signal.summary, executionId },
    ...said,
  });
  const asked = entry('asked', {
    outcome: 'succeeded',
    summary: `${signal.initiator.id} asks to go back to ${restorePoint}: ${signal.summary}`.slice(0, 2000),
  });
  await appendBestEffort(timeline, asked);
  const events = await timeline.read(incidentId).catch(() => []);
  const written = events.find(({ key }) => key === asked.key);
  if (written !== undefined && cameInTime(events, written)) return true;
  await appendBestEffort(
    timeline,
    entry('late', { outcome: 'refused', summary: lateText(request, events, written) }),
  );
  return false;
}

function lateText(
  { incidentId, restorePoint }: PointRequest,
  events: readonly TimelineEvent[],
  written: TimelineEvent | undefined,
): string {
  const chosen = events.findLast(({ type }) => type === 'restore-point.chosen');
  const { restoreTime } = detailOf(chosen, 'restore-point.chosen');
  const why =
    written === undefined
      ? 'it could not be written to the timeline'
      : restoreTime === undefined
        ? 'the response restores nothing'
        : `the restore to ${restoreTime} has been decided on`;
  const input = { incidentId, branch: 'point-in-time-restore', restorePoint };
  return `${restorePoint} is not used: ${why}. Deny the approval when it is asked for, so that trading stays halted; then start database-recovery with ${JSON.stringify(input)}`;
}
