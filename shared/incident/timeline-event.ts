import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import { Actor } from './actor.ts';
import { IncidentId } from './incident.ts';

/** Every kind of event that a timeline may hold. Metrics, adherence and the report are computed from these alone. */
export const TimelineEventType = z.enum([
  'incident.detected',
  'incident.opened',
  'incident.signal-attached',
  'incident.severity-raised',
  'incident.activated',
  'incident.handed-over',
  'incident.closed',
  'trading.halted',
  'trading.resumed',
  'contacts.notified',
  'diagnostics.collected',
  'user-notice.sent',
  'database.described',
  'database.assessed',
  'integrity.assessed',
  'exchange.assessed',
  'risk-engine.assessed',
  'damage.classified',
  'strategy.selected',
  'recovery.lease-acquired',
  'recovery.lease-released',
  'connection.diagnosed',
  'connection.healed',
  'connection.proven',
  'application-sign-in.proven',
  'performance.observed',
  'sessions.ended',
  'slow-sessions.ended',
  'sessions.left',
  'statistics.refreshed',
  'headroom.assessed',
  'instance-change.requested',
  'instance-change.approved',
  'instance-change.denied',
  'instance-change.applied',
  'database.optimized',
  'culprit.searched',
  'restore-point.requested',
  'restore-point.proposed',
  'restore-point.decided',
  'restore-point.denied',
  'restore-point.chosen',
  'restore.preflighted',
  'restore.started',
  'promotion.preflighted',
  'replica.promoted',
  'replicas.recreated',
  'replicas.left',
  'database-instance.awaited',
  'database-instance.ready',
  'restore.copy-quieted',
  'restore.copy-adjusted',
  'restore.configured',
  'restore.verified',
  'restore.warmed-up',
  'restore.compared',
  'cut-over.taken-up',
  'cut-over.source-fenced',
  'cut-over.source-sessions-ended',
  'cut-over.fence-proven',
  'cut-over.target-deregistered',
  'cut-over.source-renamed',
  'cut-over.restored-renamed',
  'cut-over.target-registered',
  'cut-over.confirmed',
  'cut-over.source-retired',
  'cut-over.rolled-back',
  'salvage.planned',
  'salvage.requested',
  'salvage.approved',
  'salvage.denied',
  'salvage.applied',
  'service.proven',
  'positions.compared',
  'approval.requested',
  'approval.given',
  'approval.denied',
  'report.written',
  'step.failed',
]);
export type TimelineEventType = z.infer<typeof TimelineEventType>;

/** What a step has to say; the timeline adds sequence, recording time and hashes. */
export const TimelineEntry = z.object({
  incidentId: IncidentId,
  /** The same key is recorded once, however often the step is repeated. */
  key: z.string().min(1).max(512),
  type: TimelineEventType,
  occurredAt: Timestamp,
  actor: Actor,
  /** The clause of SOP-003 that this fulfils, e.g. `1.1`; `-` where the SOP has none. */
  step: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'refused']),
  /** One sentence for a person. */
  summary: z.string().min(1).max(2000),
  /** Facts for machines: JSON only. */
  detail: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** One entry as it is kept, chained to the one before it. */
export const TimelineEvent = TimelineEntry.extend({
  sequence: z.int().positive(),
  recordedAt: Timestamp,
  /** `hash` of the event before; 64 zeros for the first. */
  previousHash: z.string().length(64),
  /** SHA-256 over the canonical JSON (RFC 8785) of everything else in the event. */
  hash: z.string().length(64),
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

/** What the first event of a timeline names as its predecessor. */
const GENESIS_HASH = '0'.repeat(64);

/** Puts an entry behind `previous` in the chain. */
export function chain(
  entry: TimelineEntry,
  previous: Pick<TimelineEvent, 'sequence' | 'hash'> | undefined,
  recordedAt: string,
): TimelineEvent {
  const unsealed = {
    ...entry,
    detail: JSON.parse(JSON.stringify(entry.detail)) as Record<string, unknown>,
    sequence: (previous?.sequence ?? 0) + 1,
    recordedAt,
    previousHash: previous?.hash ?? GENESIS_HASH,
  };
  return { ...unsealed, hash: hashOf(unsealed) };
}

/** A place where a timeline does not hold together. */
export interface ChainFault {
  readonly sequence: number;
  readonly reason: string;
}

/** Every place where an event was changed, removed, inserted or put out of order; empty for a sound timeline. */
export function findChainFaults(events: readonly TimelineEvent[]): ChainFault[] {
  const faults: ChainFault[] = [];
  let previousHash = GENESIS_HASH;
  events.forEach((event, index) => {
    const { hash, ...unsealed } = event;
    if (event.sequence !== index + 1) {
      faults.push({ sequence: event.sequence, reason: `expected sequence ${index + 1}` });
    }
    if (event.previousHash !== previousHash) {
      faults.push({ sequence: event.sequence, reason: 'does not follow the event before it' });
    }
    if (hashOf(unsealed) !== hash)
      faults.push({ sequence: event.sequence, reason: 'content differs from its hash' });
    previousHash = hash;
  });
  return faults;
}

function hashOf(unsealed: Omit<TimelineEvent, 'hash'>): string {
  return createHash('sha256')
    .update(canonicalize(unsealed) ?? '')
    .digest('hex');
}
