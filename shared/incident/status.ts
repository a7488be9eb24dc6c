import { describeProposal } from '../database/restore-proposal.ts';
import type { ApprovalProgress, IncidentView } from './api-contract.ts';
import type { ApprovalPurpose } from './approver.ts';
import { IncidentUnknown } from './errors.ts';
import { detailOf } from './event-detail.ts';
import { isDone, latest, succeeded } from './event-search.ts';
import { graver, type Severity } from './severity.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { tradingHistory } from './trading-history.ts';

/**
 * How an incident stands, read from its timeline alone.
 * @throws {IncidentUnknown} when there is no event.
 */
export function projectIncident(events: readonly TimelineEvent[]): IncidentView {
  const first = events[0];
  if (first === undefined) throw new IncidentUnknown('incidentId: no incident of that id has a timeline');
  const { incident } = detailOf(latest(events, 'incident.opened'), 'incident.opened');
  const status = statusOf(events);
  return {
    incidentId: first.incidentId,
    severity: severityOf(events),
    status,
    summary: incident?.summary ?? first.summary,
    detectedAt: incident?.detectedAt ?? latest(events, 'incident.detected')?.occurredAt ?? null,
    openedAt: incident?.openedAt ?? first.occurredAt,
    closedAt: status === 'closed' ? (latest(events, 'incident.closed')?.occurredAt ?? null) : null,
    trading: tradingOf(events),
    awaiting: status === 'awaiting-approval' ? approvalOf(events) : null,
    nextSteps: nextSteps(events, status),
    timeline: [...events],
  };
}

/** The gravest severity that was signalled or found. A timeline that names none counts as P0. */
export function severityOf(events: readonly TimelineEvent[]): Severity {
  const known = events.flatMap((event) => severityNamedBy(event) ?? []);
  return known.length === 0 ? 'P0' : known.reduce(graver);
}

/** The severity that one event gives the incident, if it gives one. */
export function severityNamedBy(event: TimelineEvent): Severity | undefined {
  return (
    detailOf(event, 'incident.opened').incident?.severity ??
    detailOf(event, 'incident.severity-raised').severity ??
    detailOf(event, 'damage.classified').severity
  );
}

type Status = IncidentView['status'];
type DecisionType =
  | 'approval.given'
  | 'approval.denied'
  | 'salvage.approved'
  | 'salvage.denied'
  | 'restore-point.decided'
  | 'restore-point.denied'
  | 'instance-change.approved'
  | 'instance-change.denied';

/** The events of an agreement and of a refusal. */
const DECISION_TYPES: Record<ApprovalPurpose, readonly [DecisionType, DecisionType]> = {
  'resume-trading': ['approval.given', 'approval.denied'],
  salvage: ['salvage.approved', 'salvage.denied'],
  'restore-point': ['restore-point.decided', 'restore-point.denied'],
  'instance-change': ['instance-change.approved', 'instance-change.denied'],
};

/** What each event that asks people asks for. */
const ASKED_BY: Partial<Record<TimelineEvent['type'], ApprovalPurpose>> = {
  'approval.requested': 'resume-trading',
  'salvage.requested': 'salvage',
  'restore-point.proposed': 'restore-point',
  'instance-change.requested': 'instance-change',
};

/** Where each event takes the incident; events that are not here change nothing. */
const STATUS_AFTER: Partial<Record<TimelineEvent['type'], Status>> = {
  'incident.detected': 'open',
  'incident.opened': 'open',
  'incident.activated': 'assessing',
  'database.described': 'assessing',
  'strategy.selected': 'recovering',
  'recovery.lease-acquired': 'recovering',
  'service.proven': 'recovering',
  'restore-point.proposed': 'awaiting-approval',
  'restore-point.decided': 'recovering',
  'restore-point.denied': 'recovering',
  // Nobody has decided in time: the proposed point is taken.
  'restore-point.chosen': 'recovering',
  'salvage.requested': 'awaiting-approval',
  'salvage.denied': 'recovering',
  'salvage.applied': 'recovering',
  'instance-change.requested': 'awaiting-approval',
  'instance-change.denied': 'recovering',
  'instance-change.applied': 'recovering',
  // Nobody has decided on the salvage or the change in time: the recovery goes on without it.
  'recovery.lease-released': 'recovering',
  'approval.requested': 'awaiting-approval',
  'approval.denied': 'handed-over',
  // Whoever undoes a cut-over has to say what comes next; a procedure that undid it hands over.
  'cut-over.rolled-back': 'handed-over',
  'trading.resumed': 'resumed',
  'incident.handed-over': 'handed-over',
  'incident.closed': 'closed',
};

/** Steps that look again while something else decides the status. */
const LOOKS_ONLY = new Set<TimelineEvent['type']>(['database.described', 'incident.activated']);

function statusOf(events: readonly TimelineEvent[]): Status {
  let status: Status = 'open';
  for (const event of events) {
    const next = isDone(event) || isHandOver(event) ? STATUS_AFTER[event.type] : undefined;
    if (next === undefined || (LOOKS_ONLY.has(event.type) && status !== 'open')) continue;
    if (event.type === 'recovery.lease-released' && status === 'handed-over') continue;
    status = next;
  }
  return status;
}

/** An incident is in people's hands even when none of them could be told: that is what makes it grave. */
function isHandOver({ type }: TimelineEvent): boolean {
  return type === 'incident.handed-over';
}

function isUndone(event: TimelineEvent): boolean {
  return event.type === 'cut-over.rolled-back' && isDone(event);
}

const AFTER_UNDOING =
  'The cut-over is undone: the old instance serves its name and trading stays halted. Start database-recovery with {"incidentId": "...", "branch": "point-in-time-restore", "restorePoint": "..."}, or repair the database by hand and start service-resumption with {"incidentId": "..."}';

function tradingOf(events: readonly TimelineEvent[]): IncidentView['trading'] {
  const last = tradingHistory(events).at(-1);
  return last === undefined ? null : { state: last.state, since: last.at };
}

/** How the last request for approval stands; null when nobody was asked. */
function approvalOf(events: readonly TimelineEvent[]): ApprovalProgress | null {
  const request = events.findLast(({ type }) => ASKED_BY[type] !== undefined);
  const purpose = (request && ASKED_BY[request.type]) ?? 'resume-trading';
  const {
    required,
    expiresAt,
    awaited = [],
    given = [],
  } = {
    ...detailOf(request, 'approval.requested'),
    ...detailOf(request, 'salvage.requested'),
    ...detailOf(request, 'restore-point.proposed'),
    ...detailOf(request, 'instance-change.requested'),
  };
  const { proposal } = detailOf(request, 'restore-point.proposed');
  const { mind } = detailOf(request, 'approval.requested');
  if (request === undefined || required === undefined || expiresAt === undefined) return null;
  const [givenType, deniedType] = DECISION_TYPES[purpose];
  const decided = [...succeeded(events, givenType), ...succeeded(events, deniedType)].filter(
    ({ sequence }) => sequence > request.sequence,
  );
  const approvals = decided.flatMap((event) => (event.type === givenType ? (nameOf(event) ?? []) : []));
  const names = new Set(decided.flatMap((event) => nameOf(event) ?? []));
  return {
    purpose,
    required,
    expiresAt,
    given: [...new Set([...(given ?? []), ...approvals])],
    awaited: awaited.filter((name) => !names.has(name)),
    ...(proposal !== undefined && { proposal }),
    ...(mind != null && mind.length > 0 && { mind }),
  };
}

function nameOf(event: TimelineEvent): string | undefined {
  return detailOf(event, event.type as DecisionType).name;
}

/** What is offered where silence means no. */
const OFFERS: Partial<Record<ApprovalPurpose, string>> = {
  salvage: 'Salvage of what was committed after the restore point',
  'instance-change': 'Change of the database instance',
};

/** What a person must do next. Without a word from the hand-over, what the status itself asks for. */
function nextSteps(events: readonly TimelineEvent[], status: Status): string[] {
  if (status === 'awaiting-approval') {
    const approval = approvalOf(events);
    const offer = approval === null ? undefined : OFFERS[approval.purpose];
    if (approval !== null && offer !== undefined)
      return [
        `${offer}: ${approval.awaited.join(', ')} may decide until ${approval.expiresAt}; silence means no`,
      ];
    if (approval?.purpose === 'restore-point')
      return [
        ...(approval.proposal === undefined ? [] : describeProposal(approval.proposal)),
        `${approval.awaited.join(', ')} may accept the proposed restore point or give another until ${approval.expiresAt}; silence takes the proposed one`,
      ];
    if (approval === null) return ['Approve or deny the resumption of trading'];
    const missing = approval.required - approval.given.length;
    return [
      ...(approval.mind ?? []),
      `${missing} of ${approval.required} approvals are missing: ${approval.awaited.join(', ')} may decide until ${approval.expiresAt}`,
    ];
  }
  if (status !== 'handed-over') return [];
  const handOver = events.findLast((event) => isHandOver(event) || isUndone(event));
  if (handOver !== undefined && isUndone(handOver)) return [AFTER_UNDOING];
  const { tasks = [] } = detailOf(handOver, 'incident.handed-over');
  if (tasks.length === 0) return [handOver?.summary ?? 'Trading stays halted until people decide'];
  return tasks.map(({ component, sopStep, action }) => `${component}: ${action} (SOP ${sopStep})`);
}
