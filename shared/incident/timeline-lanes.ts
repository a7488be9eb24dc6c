import type { TimelineEvent, TimelineEventType } from './timeline-event.ts';

/** The swim lanes of the drawn timeline, from top to bottom. */
export const LANES = ['response', 'assessment', 'recovery', 'approval', 'communication'] as const;
export type Lane = (typeof LANES)[number];

const LANE_OF_TYPE: Record<Exclude<TimelineEventType, 'step.failed'>, Lane> = {
  'incident.detected': 'response',
  'incident.opened': 'response',
  'incident.signal-attached': 'response',
  'incident.severity-raised': 'response',
  'incident.activated': 'response',
  'incident.handed-over': 'communication',
  'incident.closed': 'response',
  'trading.halted': 'response',
  'trading.resumed': 'approval',
  'contacts.notified': 'communication',
  'diagnostics.collected': 'response',
  'user-notice.sent': 'communication',
  'database.described': 'assessment',
  'database.assessed': 'assessment',
  'integrity.assessed': 'assessment',
  'exchange.assessed': 'assessment',
  'risk-engine.assessed': 'assessment',
  'damage.classified': 'assessment',
  'strategy.selected': 'assessment',
  'recovery.lease-acquired': 'recovery',
  'recovery.lease-released': 'recovery',
  'connection.diagnosed': 'recovery',
  'connection.healed': 'recovery',
  'connection.proven': 'recovery',
  'application-sign-in.proven': 'recovery',
  'sessions.ended': 'recovery',
  'database.optimized': 'recovery',
  'culprit.searched': 'recovery',
  'restore-point.requested': 'recovery',
  'restore-point.proposed': 'approval',
  'restore-point.decided': 'approval',
  'restore-point.denied': 'approval',
  'restore-point.chosen': 'recovery',
  'restore.preflighted': 'recovery',
  'restore.started': 'recovery',
  'database-instance.awaited': 'recovery',
  'database-instance.ready': 'recovery',
  'restore.copy-quieted': 'recovery',
  'restore.copy-adjusted': 'recovery',
  'restore.configured': 'recovery',
  'restore.verified': 'recovery',
  'restore.warmed-up': 'recovery',
  'restore.compared': 'recovery',
  'cut-over.taken-up': 'recovery',
  'cut-over.source-fenced': 'recovery',
  'cut-over.source-sessions-ended': 'recovery',
  'cut-over.fence-proven': 'recovery',
  'cut-over.target-deregistered': 'recovery',
  'cut-over.source-renamed': 'recovery',
  'cut-over.restored-renamed': 'recovery',
  'cut-over.target-registered': 'recovery',
  'cut-over.confirmed': 'recovery',
  'cut-over.source-retired': 'recovery',
  'cut-over.rolled-back': 'recovery',
  'salvage.planned': 'recovery',
  'salvage.requested': 'approval',
  'salvage.approved': 'approval',
  'salvage.denied': 'approval',
  'salvage.applied': 'recovery',
  'service.proven': 'recovery',
  'approval.requested': 'approval',
  'approval.given': 'approval',
  'approval.denied': 'approval',
  'report.written': 'communication',
};

/** Where an event is drawn. A failed step stands in the lane of the SOP step that it belongs to. */
export function laneOf({ type, step }: Pick<TimelineEvent, 'type' | 'step'>): Lane {
  if (type !== 'step.failed') return LANE_OF_TYPE[type];
  if (step === 'User Communication') return 'communication';
  if (step.startsWith('1')) return 'response';
  return step === '2' ? 'assessment' : 'recovery';
}
