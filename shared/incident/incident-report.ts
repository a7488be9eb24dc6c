import type { CriticalIssue, PeopleTask, Strategy } from '../assessment/damage.ts';
import type { RestorePoint } from '../database/restore-point.ts';
import type { PositionComparison } from '../exchange/position-comparison.ts';
import { secondsBetween } from '../lambda/clock.ts';
import { assessAdherence, type StepAdherence } from './adherence.ts';
import type { IncidentView } from './api-contract.ts';
import { detailOf } from './event-detail.ts';
import { isDone, latest } from './event-search.ts';
import { type MeasuredMetric, measure } from './metric-definitions.ts';
import { computeMetrics, detectionOf, faultTimeOf, type IncidentMetrics } from './metrics.ts';
import { type Milestone, milestonesOf } from './milestones.ts';
import { comparisonOf, type ReportedComparison } from './reported-comparison.ts';
import { performanceOf, type ReportedPerformance } from './reported-performance.ts';
import { proofsOf, type ReportedProof } from './reported-proof.ts';
import { projectIncident } from './status.ts';
import { type ChainFault, findChainFaults, type TimelineEvent } from './timeline-event.ts';

/** One person's decision. */
interface ReportedDecision {
  readonly at: string;
  readonly name: string;
  /** ARN that signed. */
  readonly signedBy: string;
  readonly subject: 'resumption' | 'salvage' | 'restore point' | 'change of the instance';
  readonly decision: 'approved' | 'denied';
  readonly reason: string;
}

/** What became of the time after the restore point. */
interface ReportedSalvage {
  readonly offeredRows: number;
  readonly reviewRows: number;
  /** Why nothing could be offered. */
  readonly obstacle: string | null;
  /** S3 key of the review file. */
  readonly reviewKey: string | null;
  /** Null when nothing was re-applied. */
  readonly salvagedRows: number | null;
  readonly salvagedTransactions: number;
}

/** SOP "Incident Report Template": everything that can be known without asking a person. */
export interface IncidentReport {
  readonly view: IncidentView;
  /** `final` once the incident is closed. */
  readonly kind: 'interim' | 'final';
  readonly detectedAt: string;
  readonly faultNotBefore: string | null;
  /** Detection to recovery, or to the last event while there is none. */
  readonly durationSeconds: number;
  readonly affectedUsers: number | null;
  readonly totalUsers: number | null;
  readonly milestones: readonly Milestone[];
  readonly metrics: IncidentMetrics;
  readonly measured: readonly MeasuredMetric[];
  readonly adherence: readonly StepAdherence[];
  readonly issues: readonly CriticalIssue[];
  readonly strategy: Partial<Strategy>;
  readonly restorePoint: Partial<RestorePoint>;
  /** What was offered and brought back of the time after the restore point; null when nobody looked. */
  readonly salvage: ReportedSalvage | null;
  readonly proofs: readonly ReportedProof[];
  /** What was read of the copy before the cut-over, or why it was not; null when nobody tried. */
  readonly warmUp: string | null;
  /** Source and copy, field by field; null when nothing was compared. */
  readonly comparison: ReportedComparison | null;
  /** Why the database was slow, and how fast it is now; null when it was not. */
  readonly performance: ReportedPerformance | null;
  /** What exchanges report against what the database holds; null when it was not compared. */
  readonly positions: PositionComparison | null;
  /** The swap of the databases, step by step. */
  readonly cutOver: readonly TimelineEvent[];
  readonly decisions: readonly ReportedDecision[];
  readonly failures: readonly TimelineEvent[];
  /** What people were asked to do. */
  readonly peopleTasks: readonly PeopleTask[];
  /** S3 keys. */
  readonly diagnostics: readonly string[];
  readonly chainFaults: readonly ChainFault[];
  /** Hash of the last event: whoever keeps it can prove later that nothing was changed. */
  readonly sealedBy: string;
}

/**
 * Puts the report together from the timeline alone.
 * @throws {IncidentUnknown} when there is no event.
 */
export function incidentReport(events: readonly TimelineEvent[]): IncidentReport {
  const view = projectIncident(events);
  const metrics = computeMetrics(events);
  const adherence = assessAdherence(events);
  const detectedAt = detectionOf(events) ?? view.openedAt;
  const classified = detailOf(latest(events, 'damage.classified'), 'damage.classified');
  const end = events.at(-1);
  return {
    view,
    kind: view.status === 'closed' ? 'final' : 'interim',
    detectedAt,
    faultNotBefore: faultTimeOf(events) ?? null,
    durationSeconds:
      metrics.recoverySeconds ?? Math.max(0, secondsBetween(detectedAt, end?.occurredAt ?? detectedAt)),
    affectedUsers: classified.affectedUsers ?? null,
    totalUsers: classified.totalUsers ?? null,
    milestones: milestonesOf(events),
    metrics,
    measured: measure(metrics, view.severity, adherence),
    adherence,
    issues: classified.criticalIssues ?? [],
    strategy: detailOf(latest(events, 'strategy.selected'), 'strategy.selected'),
    restorePoint: detailOf(latest(events, 'restore-point.chosen'), 'restore-point.chosen'),
    salvage: salvageOf(events),
    proofs: proofsOf(events),
    warmUp: warmUpOf(events),
    comparison: comparisonOf(events),
    performance: performanceOf(events),
    positions:
      detailOf(
        events.findLast(({ type }) => type === 'positions.compared'),
        'positions.compared',
      ).comparison ?? null,
    cutOver: events.filter(({ type }) => type.startsWith('cut-over.')),
    decisions: events.flatMap((event) => decisionOf(event) ?? []),
    failures: events.filter(({ outcome, type }) => outcome === 'failed' || type === 'step.failed'),
    peopleTasks: events.flatMap((event) => detailOf(event, 'incident.handed-over').tasks ?? []),
    diagnostics: events.flatMap(diagnosticsOf),
    chainFaults: findChainFaults(events),
    sealedBy: end?.hash ?? '',
  };
}

function salvageOf(events: readonly TimelineEvent[]): ReportedSalvage | null {
  const planned = latest(events, 'salvage.planned');
  if (planned === undefined) return null;
  const { offered, review, obstacle = null, reviewKey = null } = detailOf(planned, 'salvage.planned');
  const applied = latest(events, 'salvage.applied');
  const { rows = null, transactions = 0 } =
    applied === undefined || applied.sequence < planned.sequence ? {} : detailOf(applied, 'salvage.applied');
  return {
    offeredRows: offered?.rows ?? 0,
    reviewRows: review?.rows ?? 0,
    obstacle,
    reviewKey,
    salvagedRows: rows,
    salvagedTransactions: transactions,
  };
}

function diagnosticsOf(event: TimelineEvent): string[] {
  const { key, keys } = detailOf(event, 'diagnostics.collected');
  return keys ?? (typeof key === 'string' ? [key] : []);
}

function warmUpOf(events: readonly TimelineEvent[]): string | null {
  const last = events.findLast(
    (event) =>
      event.type === 'restore.warmed-up' || detailOf(event, 'step.failed').state === 'WarmUpRestoredDatabase',
  );
  if (last === undefined) return null;
  return last.type === 'step.failed' ? `${last.summary}. The cut-over went on without it` : last.summary;
}

const DECISIONS: Partial<Record<TimelineEvent['type'], Pick<ReportedDecision, 'subject' | 'decision'>>> = {
  'approval.given': { subject: 'resumption', decision: 'approved' },
  'approval.denied': { subject: 'resumption', decision: 'denied' },
  'salvage.approved': { subject: 'salvage', decision: 'approved' },
  'salvage.denied': { subject: 'salvage', decision: 'denied' },
  'restore-point.decided': { subject: 'restore point', decision: 'approved' },
  'restore-point.denied': { subject: 'restore point', decision: 'denied' },
  'instance-change.approved': { subject: 'change of the instance', decision: 'approved' },
  'instance-change.denied': { subject: 'change of the instance', decision: 'denied' },
};

function decisionOf(event: TimelineEvent): ReportedDecision | undefined {
  const decided = DECISIONS[event.type];
  if (decided === undefined || !isDone(event)) return undefined;
  const { name = event.actor.id, reason = event.summary } = {
    ...detailOf(event, 'approval.given'),
    ...detailOf(event, 'approval.denied'),
    ...detailOf(event, 'salvage.approved'),
    ...detailOf(event, 'salvage.denied'),
    ...detailOf(event, 'restore-point.decided'),
    ...detailOf(event, 'restore-point.denied'),
    ...detailOf(event, 'instance-change.approved'),
    ...detailOf(event, 'instance-change.denied'),
  };
  return {
    at: event.occurredAt,
    name,
    signedBy: event.actor.id,
    ...decided,
    reason,
  };
}
