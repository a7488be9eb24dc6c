import { addSeconds, epochMillis, secondsBetween } from '../lambda/clock.ts';
import { detailOf } from './event-detail.ts';
import { isDone, latest } from './event-search.ts';
import { type RequiredStep, requiredSteps } from './required-steps.ts';
import { severityNamedBy, severityOf } from './status.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { resumedForGoodAt } from './trading-history.ts';

/** How one required step was kept. */
export interface StepAdherence extends RequiredStep {
  readonly dueAt: string;
  readonly doneAt: string | null;
  /** Seconds from the start of the severity's clock; null while undone. */
  readonly doneAfterSeconds: number | null;
  /** `pending`: not done, and not yet due when the last event was recorded. */
  readonly verdict: 'in-time' | 'late' | 'missed' | 'pending';
}

/** Every step that the SOP demands of this incident, with whether and when it was done. Empty when the detection is unknown. */
export function assessAdherence(events: readonly TimelineEvent[]): StepAdherence[] {
  const startedAt = clockStart(events);
  const asOf = events.at(-1)?.recordedAt;
  if (startedAt === undefined || asOf === undefined) return [];
  const { databaseRecovery } = detailOf(latest(events, 'strategy.selected'), 'strategy.selected');
  return requiredSteps(severityOf(events), databaseRecovery).map((step) => {
    const dueAt = addSeconds(startedAt, step.deadlineSeconds);
    const doneAt = whenDone(events, step) ?? null;
    return {
      ...step,
      dueAt,
      doneAt,
      doneAfterSeconds: doneAt === null ? null : Math.max(0, secondsBetween(startedAt, doneAt)),
      verdict: verdictOn(doneAt ?? asOf, dueAt, doneAt !== null),
    };
  });
}

/** The share of required steps done in time (0 to 1); what is still pending is not done yet. Null when nothing was required. */
export function adherenceOf(steps: readonly StepAdherence[]): number | null {
  if (steps.length === 0) return null;
  return steps.filter(({ verdict }) => verdict === 'in-time').length / steps.length;
}

/** The moment from which deadlines count: detection, or the later moment at which the incident was first known to be this grave. */
export function clockStart(events: readonly TimelineEvent[]): string | undefined {
  const severity = severityOf(events);
  const naming = events.find((event) => severityNamedBy(event) === severity);
  const detected = events.find(({ type }) => type === 'incident.detected')?.occurredAt;
  if (naming === undefined || naming.type === 'incident.opened') {
    return detected ?? detailOf(naming, 'incident.opened').incident?.detectedAt;
  }
  return naming.occurredAt;
}

/** A notice that all is well again informs nobody of the trouble, and a service that stops again is not restored. */
function whenDone(events: readonly TimelineEvent[], { doneBy }: RequiredStep): string | undefined {
  if (doneBy.includes('trading.resumed')) return resumedForGoodAt(events);
  return events.find(
    (event) =>
      isDone(event) &&
      doneBy.includes(event.type) &&
      detailOf(event, 'user-notice.sent').phase !== 'resolved',
  )?.occurredAt;
}

function verdictOn(moment: string, dueAt: string, done: boolean): StepAdherence['verdict'] {
  const inTime = epochMillis(moment) <= epochMillis(dueAt);
  if (done) return inTime ? 'in-time' : 'late';
  return inTime ? 'pending' : 'missed';
}
