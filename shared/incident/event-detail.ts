import * as z from 'zod';
import { EmergencyAssessment, IntegrityDamage, PeopleTask, Strategy } from '../assessment/damage.ts';
import { CulpritSearch } from '../database/culprit.ts';
import { EndedSlowSession } from '../database/end-slow-sessions.ts';
import { HeadroomFinding, InstanceCapacity, InstanceLoad } from '../database/headroom.ts';
import { ChangeProposal } from '../database/instance-change.ts';
import { LatencyMeasurement } from '../database/latency.ts';
import { PerformanceObservation } from '../database/performance-observation.ts';
import { LayerTime, ProofCheck, ServiceProof } from '../database/proof.ts';
import { RecordedComparison } from '../database/recorded-comparison.ts';
import { RestorePoint } from '../database/restore-point.ts';
import { PreflightCheck } from '../database/restore-preflight.ts';
import { RestoreProposal } from '../database/restore-proposal.ts';
import { SalvageAmount } from '../database/salvage-plan.ts';
import { LeftSession } from '../database/session-policy.ts';
import { WarmUp } from '../database/warm-up.ts';
import { PositionComparison } from '../exchange/position-comparison.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { Incident } from './incident.ts';
import { Severity } from './severity.ts';
import type { TimelineEvent } from './timeline-event.ts';

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

const APPROVAL_REQUESTED = z.object({
  required: z.int().positive(),
  expiresAt: Timestamp,
  /** Names of those who may decide. */
  awaited: z.array(z.string()),
  /** Names of those who count already, e.g. whoever started the incident by hand. */
  given: optional(z.array(z.string())),
});
const DECIDED = z.object({ name: z.string(), reason: z.string() });

/**
 * What the projections (status, metrics, adherence, report) read from `detail`, by event type. An event may say more. A field that
 * is optional here makes the report fuller; the others are what a step promises to write.
 */
const EVENT_DETAIL = {
  'incident.opened': z.object({ incident: Incident }),
  'incident.severity-raised': z.object({ severity: Severity }),
  'incident.activated': z.object({
    /** Names by role, e.g. `incidentCommander`. */
    team: optional(z.record(z.string(), z.string())),
  }),
  'incident.handed-over': z.object({
    /** The error that ended the procedure, e.g. `VerificationFailed`, or `PeopleNeeded` when they were needed by plan. */
    reason: z.string(),
    message: optional(z.string()),
    /** What people must do, each with the clause of the SOP. */
    tasks: z.array(PeopleTask),
  }),
  'trading.halted': z.object({
    epoch: z.int().nonnegative(),
    /** False when trading stood still already: then nothing was stopped by this event. */
    changed: z.boolean(),
    haltedAt: Timestamp,
  }),
  'trading.resumed': z.object({ epoch: z.int().nonnegative(), approvedBy: z.array(z.string()) }),
  'user-notice.sent': z.object({ phase: z.enum(['started', 'resolved']) }),
  'diagnostics.collected': z.object({
    /** S3 key, or keys, of what was collected. */
    key: optional(z.string()),
    keys: optional(z.array(z.string())),
  }),
  'integrity.assessed': IntegrityDamage.extend({
    /** Newest commit on the damaged database when it was looked at, after trading was halted. */
    lastCommitAt: optional(Timestamp),
  }),
  'damage.classified': EmergencyAssessment,
  'strategy.selected': Strategy,
  'culprit.searched': CulpritSearch,
  'connection.diagnosed': z.object({
    /** The first check that failed, e.g. `instance-stopped`; `none` when clients get in. */
    cause: z.string(),
    healing: z.string(),
  }),
  'restore-point.requested': z.object({ restorePoint: Timestamp, name: z.string(), reason: z.string() }),
  'restore-point.proposed': APPROVAL_REQUESTED.extend({ proposal: RestoreProposal }),
  'restore-point.decided': DECIDED.extend({
    /** The point that was given; null when the proposed one was accepted. */
    restorePoint: optional(Timestamp),
  }),
  'restore-point.denied': DECIDED,
  'performance.observed': PerformanceObservation.extend({ latency: LatencyMeasurement }),
  'slow-sessions.ended': z.object({ ended: z.array(EndedSlowSession), left: z.array(LeftSession) }),
  'statistics.refreshed': z.object({ analyzed: z.array(z.string()), notAnalyzed: z.array(z.string()) }),
  'headroom.assessed': z.object({
    capacity: InstanceCapacity,
    load: InstanceLoad,
    findings: z.array(HeadroomFinding),
    proposal: ChangeProposal.nullable(),
    obstacles: z.array(z.string()),
  }),
  'instance-change.requested': APPROVAL_REQUESTED.extend({ proposal: optional(ChangeProposal) }),
  'instance-change.approved': DECIDED,
  'instance-change.denied': DECIDED,
  'instance-change.applied': z.object({ proposal: ChangeProposal }),
  /** Refused: `after` is what it still was. */
  'database.optimized': z.object({ before: LatencyMeasurement, after: LatencyMeasurement }),
  'restore-point.chosen': RestorePoint,
  'database-instance.awaited': z.object({
    /** What is awaited, e.g. `restore`. */
    purpose: z.string(),
    /** When it should be ready by what earlier ones took; null while there is nothing to compare with. */
    expectedAt: Timestamp.nullable(),
    deadlineAt: Timestamp,
  }),
  'restore.preflighted': z.object({ identifier: z.string(), checks: z.array(PreflightCheck) }),
  'restore.verified': z.object({
    checks: z.array(ProofCheck),
    layerTimes: optional(z.array(LayerTime)),
    /** Newest commit on the source that the copy is compared with. */
    sourceLastCommitAt: optional(Timestamp),
    /** Rows and transactions of the source that lie after the restore point. */
    rowsAfterPoint: optional(z.int().nonnegative()),
    transactionsAfterPoint: optional(z.int().nonnegative()),
  }),
  'restore.warmed-up': WarmUp,
  'restore.compared': RecordedComparison,
  'salvage.planned': z.object({
    found: SalvageAmount,
    offered: SalvageAmount,
    review: SalvageAmount,
    /** Why nothing could be offered. */
    obstacle: optional(z.string()),
    /** S3 key of the review file. */
    reviewKey: optional(z.string()),
  }),
  'salvage.requested': APPROVAL_REQUESTED,
  'salvage.approved': DECIDED,
  'salvage.denied': DECIDED,
  'salvage.applied': SalvageAmount.extend({
    /** The last commit that is still missing. */
    lastMissingCommitAt: optional(Timestamp),
  }),
  'service.proven': ServiceProof.extend({
    checks: optional(z.array(ProofCheck)),
    layerTimes: optional(z.array(LayerTime)),
  }),
  'positions.compared': z.object({
    /** Null when no exchange reports its positions, or trading went on meanwhile. */
    comparison: PositionComparison.nullable(),
  }),
  'approval.requested': APPROVAL_REQUESTED.extend({
    /** What whoever decides must know beside the proof. */
    mind: optional(z.array(z.string())),
  }),
  'approval.given': DECIDED,
  'approval.denied': DECIDED,
  'report.written': z.object({
    kind: z.enum(['interim', 'final']),
    keys: z.array(z.string()),
    /** Names of the metrics that this report published: none is published twice. */
    publishedMetrics: z.array(z.string()),
    /** The attempt that wrote this event, and so the only one that publishes. */
    attempt: z.string(),
  }),
  'step.failed': z.object({
    state: z.string(),
    error: z.string(),
    message: z.string(),
    /** Each reason by itself, where the error has several. */
    problems: optional(z.array(z.string())),
  }),
} as const satisfies Partial<Record<TimelineEvent['type'], z.ZodObject>>;

/** Event types whose detail has a contract. */
export type DetailedEventType = keyof typeof EVENT_DETAIL;

/** The detail of one event type as its step promises it. */
export type EventDetail<Type extends DetailedEventType> = z.infer<(typeof EVENT_DETAIL)[Type]>;

/**
 * The detail of an event, as far as it can be understood: a field that is missing or wrong is left out, and the others are kept.
 * A report must come out of every timeline, above all of one that went wrong.
 */
export function detailOf<Type extends DetailedEventType>(
  event: TimelineEvent | undefined,
  type: Type,
): Partial<EventDetail<Type>> {
  if (event?.type !== type) return {};
  const fields = Object.entries(EVENT_DETAIL[type].shape).flatMap(([name, schema]) => {
    const parsed = (schema as z.ZodType).safeParse(event.detail[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data]] : [];
  });
  return Object.fromEntries(fields) as Partial<EventDetail<Type>>;
}

/** Names each promised field that a succeeded event lacks or has wrong; empty when its step keeps its promise. */
export function detailFaults(event: TimelineEvent): string[] {
  const schema: z.ZodObject | undefined = EVENT_DETAIL[event.type as DetailedEventType];
  if (schema === undefined || event.outcome !== 'succeeded') return [];
  const parsed = schema.safeParse(event.detail);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${event.type}: ${path.join('.')}: ${message}`);
}
