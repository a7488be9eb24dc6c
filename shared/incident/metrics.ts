import { epochMillis, secondsBetween } from '../lambda/clock.ts';
import { adherenceOf, assessAdherence } from './adherence.ts';
import { detailOf } from './event-detail.ts';
import { earliest, latest, succeeded } from './event-search.ts';
import { severityOf } from './status.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { resumedForGoodAt, tradingHistory } from './trading-history.ts';

/**
 * What SOP-003 "Recovery Metrics" asks for, measured. A value is null, never 0, when one of the events that define it is missing
 * or when they contradict each other. `docs/metrics.md` says it at length.
 */
export interface IncidentMetrics {
  /** Fault to detected. The fault counts from the last moment at which the data was seen to be good. */
  readonly detectionSeconds: number | null;
  /** Detected to trading halted (P0 only) and a person called or the response activated, whichever is later. */
  readonly responseSeconds: number | null;
  /** Detected to trading resumed; to the proof of service when trading never stopped. */
  readonly recoverySeconds: number | null;
  /** Restore point to the last commit on the damaged database. */
  readonly rpoSeconds: number | null;
  readonly rpoTransactions: number | null;
  readonly rpoRows: number | null;
  /** The same three after salvage, where nothing was restored null; equal to them while nothing was salvaged. */
  readonly rpoSecondsAfterSalvage: number | null;
  readonly rpoTransactionsAfterSalvage: number | null;
  readonly rpoRowsAfterSalvage: number | null;
  /** What `rpoSeconds` ends with: the last commit that was seen, or the halt when none was. */
  readonly rpoBasis: 'last-commit' | 'halt' | null;
  /** Detected to the first notice that users got. */
  readonly userNoticeSeconds: number | null;
  /** 1 when the live service was proven last; 0 when a proof failed last; null when nobody looked. */
  readonly dataIntegrity: number | null;
  /** Required steps done in time, as a share of all required steps. */
  readonly adherence: number | null;
}

/** Measures an incident by its timeline alone. */
export function computeMetrics(events: readonly TimelineEvent[]): IncidentMetrics {
  const detectedAt = detectionOf(events);
  const since = (to: string | undefined) => span(detectedAt, to);
  return {
    detectionSeconds: span(faultTimeOf(events), detectedAt),
    responseSeconds: since(respondedAt(events)),
    recoverySeconds: since(recoveredAt(events)),
    ...recoveryPoint(events),
    userNoticeSeconds: since(firstNotice(events)?.occurredAt),
    dataIntegrity: integrityAfterRecovery(events),
    adherence: adherenceOf(assessAdherence(events)),
  };
}

/** When the trouble was noticed first; undefined when the timeline does not say. */
export function detectionOf(events: readonly TimelineEvent[]): string | undefined {
  return (
    earliest(events, 'incident.detected')?.occurredAt ??
    detailOf(latest(events, 'incident.opened'), 'incident.opened').incident?.detectedAt
  );
}

/** The last moment at which the data was seen to be good: the fault came after it, so detection is never flattered. */
export function faultTimeOf(events: readonly TimelineEvent[]): string | undefined {
  return succeeded(events, 'integrity.assessed')
    .map((event) => detailOf(event, 'integrity.assessed').faultNotBefore)
    .find((time) => typeof time === 'string');
}

/** The first notice to users that the incident has begun. */
function firstNotice(events: readonly TimelineEvent[]): TimelineEvent | undefined {
  return succeeded(events, 'user-notice.sent').find(
    (event) => detailOf(event, 'user-notice.sent').phase !== 'resolved',
  );
}

/** Trading halted before it was detected (by the emergency endpoint) was halted in no time, not in less than none. */
function respondedAt(events: readonly TimelineEvent[]): string | undefined {
  const acted = earliest(events, 'contacts.notified', 'incident.activated')?.occurredAt;
  if (severityOf(events) !== 'P0') return acted;
  const halted = earliest(events, 'trading.halted')?.occurredAt;
  if (acted === undefined || halted === undefined) return undefined;
  return epochMillis(halted) > epochMillis(acted) ? halted : acted;
}

/** A halt after the last resumption means that the incident is not over. */
function recoveredAt(events: readonly TimelineEvent[]): string | undefined {
  return tradingHistory(events).length === 0
    ? latest(events, 'service.proven')?.occurredAt
    : resumedForGoodAt(events);
}

/** The last restore point counts: an earlier one was never cut over to. */
function recoveryPoint(events: readonly TimelineEvent[]): RecoveryPoint {
  const { restoreTime } = detailOf(latest(events, 'restore-point.chosen'), 'restore-point.chosen');
  if (restoreTime === undefined) return NOTHING_RESTORED;
  const verified = detailOf(latest(events, 'restore.verified'), 'restore.verified');
  const assessed = detailOf(latest(events, 'integrity.assessed'), 'integrity.assessed');
  const lastCommitAt = verified.sourceLastCommitAt ?? assessed.lastCommitAt ?? undefined;
  const end = lastCommitAt ?? earliest(events, 'trading.halted')?.occurredAt;
  const basis = lastCommitAt === undefined ? 'halt' : 'last-commit';
  const lost = {
    rpoSeconds: end === undefined ? null : Math.max(0, secondsBetween(restoreTime, end)),
    rpoTransactions: verified.transactionsAfterPoint ?? assessed.estimatedLoss?.transactions ?? null,
    rpoRows: verified.rowsAfterPoint ?? assessed.estimatedLoss?.rows ?? null,
  };
  return { ...lost, ...afterSalvage(lost, restoreTime, events), rpoBasis: end === undefined ? null : basis };
}

type Loss = Pick<IncidentMetrics, 'rpoSeconds' | 'rpoTransactions' | 'rpoRows'>;
type LossAfterSalvage = Pick<
  IncidentMetrics,
  'rpoSecondsAfterSalvage' | 'rpoTransactionsAfterSalvage' | 'rpoRowsAfterSalvage'
>;
type RecoveryPoint = Loss & LossAfterSalvage & Pick<IncidentMetrics, 'rpoBasis'>;

const NOTHING_RESTORED: RecoveryPoint = {
  rpoSeconds: null,
  rpoTransactions: null,
  rpoRows: null,
  rpoSecondsAfterSalvage: null,
  rpoTransactionsAfterSalvage: null,
  rpoRowsAfterSalvage: null,
  rpoBasis: null,
};

/** What was salvaged of an earlier restore was lost again by the one that counts. */
function afterSalvage(lost: Loss, restoreTime: string, events: readonly TimelineEvent[]): LossAfterSalvage {
  const chosen = latest(events, 'restore-point.chosen')?.sequence ?? 0;
  const applied = latest(events, 'salvage.applied');
  if (applied === undefined || applied.sequence < chosen) {
    return {
      rpoSecondsAfterSalvage: lost.rpoSeconds,
      rpoTransactionsAfterSalvage: lost.rpoTransactions,
      rpoRowsAfterSalvage: lost.rpoRows,
    };
  }
  const { insertedRows = 0, transactions = 0, lastMissingCommitAt } = detailOf(applied, 'salvage.applied');
  const less = (amount: number | null, salvaged: number) =>
    amount === null ? null : Math.max(0, amount - salvaged);
  return {
    rpoSecondsAfterSalvage:
      lastMissingCommitAt == null ? 0 : Math.max(0, secondsBetween(restoreTime, lastMissingCommitAt)),
    rpoTransactionsAfterSalvage: less(lost.rpoTransactions, transactions),
    rpoRowsAfterSalvage: less(lost.rpoRows, insertedRows),
  };
}

const PROVING_STATES = new Set(['ProveService', 'VerifyRestoredDatabase', 'VerifyConnection']);

function integrityAfterRecovery(events: readonly TimelineEvent[]): number | null {
  const proven = latest(events, 'service.proven')?.sequence ?? 0;
  const refuted =
    events.findLast(
      (event) =>
        event.type === 'step.failed' && PROVING_STATES.has(detailOf(event, 'step.failed').state ?? ''),
    )?.sequence ?? 0;
  if (proven === refuted) return null;
  return proven > refuted ? 1 : 0;
}

/** Seconds from one moment to a later one; null when one is unknown or they contradict each other. */
function span(from: string | undefined, to: string | undefined): number | null {
  if (from === undefined || to === undefined) return null;
  const seconds = secondsBetween(from, to);
  return seconds < 0 ? null : seconds;
}
