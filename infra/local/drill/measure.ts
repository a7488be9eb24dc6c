import { detailOf } from '../../../shared/incident/event-detail.ts';
import { computeMetrics } from '../../../shared/incident/metrics.ts';
import { projectIncident } from '../../../shared/incident/status.ts';
import { findChainFaults, type TimelineEvent } from '../../../shared/incident/timeline-event.ts';
import type { TradingStateView } from '../../../shared/trading/api-contract.ts';
import type { RdsPhase } from '../rds/rds-context.ts';
import { type EnteredState, waitSpans } from './execution-watch.ts';
import type { Measured } from './expectations.ts';
import { divideTime, type Span, type TimeSpent } from './time-spent.ts';
import type { DataVerdict } from './verdict.ts';

/** What a drill has seen. */
export interface Observations {
  /** Of the incident; empty when nothing started. */
  readonly timeline: readonly TimelineEvent[];
  readonly states: readonly EnteredState[];
  readonly tradingState: TradingStateView;
  readonly phases: readonly RdsPhase[];
  /** When the first fault struck, in milliseconds since 1970; null when nothing broke. */
  readonly faultAtMillis: number | null;
  /** When the procedure was over, in milliseconds since 1970. */
  readonly endedAtMillis: number;
}

/**
 * What the expectations are about. The timeline counts the fault from the last good baseline, and knows no time of a fault that left
 * the data intact: the drill does.
 */
export function measure(observations: Observations, data: DataVerdict): Measured {
  const { timeline, states, tradingState, faultAtMillis } = observations;
  const strategy = detailOf(latest(timeline, 'strategy.selected'), 'strategy.selected');
  const metrics = computeMetrics(timeline);
  const view = timeline.length === 0 ? undefined : projectIncident(timeline);
  return {
    severity: view?.severity ?? 'none',
    recovery: strategy.databaseRecovery ?? 'none',
    trading: tradingState.state,
    status: view?.status ?? null,
    states: states.map(({ state }) => state),
    metrics: {
      ...metrics,
      detectionSeconds: metrics.detectionSeconds ?? detectionSeconds(timeline, faultAtMillis),
    },
    data,
  };
}

function detectionSeconds(timeline: readonly TimelineEvent[], faultAtMillis: number | null): number | null {
  const detected = timeline.find(({ type }) => type === 'incident.detected');
  if (detected === undefined || faultAtMillis === null) return null;
  return Math.max(0, Date.parse(detected.occurredAt) - faultAtMillis) / 1000;
}

/** The time that the live database was restored to; null when no restored copy took the place of its source. */
export function restorePointInUse(timeline: readonly TimelineEvent[]): string | null {
  const confirmed = latest(timeline, 'cut-over.confirmed');
  const rolledBack = latest(timeline, 'cut-over.rolled-back');
  if (confirmed === undefined || (rolledBack?.sequence ?? 0) > confirmed.sequence) return null;
  const chosen = detailOf(latest(timeline, 'restore-point.chosen'), 'restore-point.chosen');
  return chosen.restoreTime ?? null;
}

/** When trading was stopped for the incident, in milliseconds since 1970; null when it was not. */
export function haltedAtMillis(timeline: readonly TimelineEvent[]): number | null {
  const halted = timeline.find(({ type }) => type === 'trading.halted');
  if (halted === undefined) return null;
  return Date.parse(detailOf(halted, 'trading.halted').haltedAt ?? halted.occurredAt);
}

/** Where the time went from detection until trading was resumed, or until the procedure was over. */
export function timeSpent(observations: Observations, resumedAt: string | null): TimeSpent | null {
  const { timeline, states, phases, endedAtMillis } = observations;
  const detected = timeline.find(({ type }) => type === 'incident.detected');
  if (detected === undefined) return null;
  return divideTime({
    recovery: {
      startedAtMillis: Date.parse(detected.occurredAt),
      endedAtMillis: resumedAt === null ? endedAtMillis : Date.parse(resumedAt),
    },
    restoreWork: phases.filter(isOfResponse(states)).map(({ startedAt, endedAt }) => ({
      startedAtMillis: startedAt,
      endedAtMillis: endedAt,
    })),
    people: peopleSpans(timeline),
    waits: waitSpans(states),
  });
}

/** What the probes of the schedule ask of a database goes on whatever happens, and is no part of a recovery. */
function isOfResponse(states: readonly EnteredState[]): (phase: RdsPhase) => boolean {
  const names = new Set(states.map(({ state }) => state));
  return ({ caller }) => caller === undefined || names.has(caller.slice(caller.lastIndexOf('-') + 1));
}

/** Each place where the timeline does not hold together, as a sentence. */
export function timelineProblems(timeline: readonly TimelineEvent[]): string[] {
  return findChainFaults(timeline).map(
    ({ sequence, reason }) => `the timeline is broken at event ${sequence}: ${reason}`,
  );
}

/** What ends the waiting for people that an event begins. */
const DECISIONS: Partial<Record<TimelineEvent['type'], readonly TimelineEvent['type'][]>> = {
  'approval.requested': ['approval.given', 'approval.denied'],
  'salvage.requested': ['salvage.approved', 'salvage.denied'],
  'restore-point.proposed': ['restore-point.decided', 'restore-point.denied'],
  'instance-change.requested': ['instance-change.approved', 'instance-change.denied'],
};

/** What shows that nobody is waited for any more, although nobody has decided. */
const ENDS_OF_WAITING = new Set<TimelineEvent['type']>([
  'incident.handed-over',
  'recovery.lease-released',
  'restore-point.chosen',
]);

/** From each request for approval to the last decision on it; to the hand-over, or to the end of the recovery, when nobody decided. */
function peopleSpans(timeline: readonly TimelineEvent[]): Span[] {
  return timeline.flatMap((request) => {
    const decisions = DECISIONS[request.type];
    if (decisions === undefined) return [];
    const after = timeline.filter(({ sequence }) => sequence > request.sequence);
    const end =
      after.findLast(({ type }) => decisions.includes(type)) ??
      after.find(({ type }) => ENDS_OF_WAITING.has(type));
    if (end === undefined) return [];
    return [{ startedAtMillis: Date.parse(request.occurredAt), endedAtMillis: Date.parse(end.occurredAt) }];
  });
}

function latest(timeline: readonly TimelineEvent[], type: TimelineEvent['type']): TimelineEvent | undefined {
  return timeline.findLast((event) => event.type === type && event.outcome === 'succeeded');
}
