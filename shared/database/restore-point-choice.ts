import { epochMicros, floorToSecond, lastSecondBefore } from '../lambda/timestamp.ts';
import type { Baseline } from './baseline.ts';
import type { Culprit } from './culprit.ts';
import type { DatabaseInstance } from './database-instance.ts';
import {
  NoRestorePoint,
  RestorePointAfterAccident,
  RestorePointInFuture,
  RestorePointNotRestorable,
  RestorePointTooOld,
} from './errors.ts';
import type { RestorePoint, RestorePreview } from './restore-point.ts';

/** RDS uploads its logs every five minutes: six missed uploads in a row do not come any more. */
const RESTORABLE_WITHIN_SECONDS = 1800;

/** The moment to go back to, and why. */
export type ChosenPoint = Pick<RestorePoint, 'restoreTime' | 'chosenAt' | 'basis' | 'reason'>;

/** What a restore point is chosen from. */
export interface ChoiceEvidence {
  /** What an operator gave, who he is and why he gave it. */
  readonly requested: {
    readonly restorePoint: string;
    readonly name: string;
    readonly reason: string;
  } | null;
  /** The transaction that did the damage, where it is known. */
  readonly culprit: Pick<Culprit, 'committedAt' | 'reason'> | null;
  /** The last good baseline before the trouble, if any. */
  readonly anchor: Pick<Baseline, 'observedAt'> | undefined;
  readonly now: string;
  readonly window: RestorableWindow;
}

/** Where RDS can restore to. */
type RestorableWindow = Pick<DatabaseInstance, 'earliestRestorableTime' | 'latestRestorableTime'>;

/**
 * SOP `recovery_target_time`: what an operator gave, else the moment before the culprit, else the last good baseline. RDS takes whole
 * seconds only: the second that has begun at a point is taken, and the last one strictly before a commit that must not come back.
 * @throws {NoRestorePoint}
 * @throws {RestorePointInFuture}
 * @throws {RestorePointAfterAccident} when the damage would be restored as well.
 */
export function choosePoint(evidence: ChoiceEvidence): ChosenPoint {
  const { requested, culprit, anchor } = evidence;
  if (requested !== null) return requestedPoint(requested, evidence);
  if (culprit !== null) {
    const restoreTime = lastSecondBefore(culprit.committedAt);
    const beforeBaseline =
      anchor !== undefined && epochMicros(restoreTime) < epochMicros(anchor.observedAt)
        ? `, and before the last good baseline of ${anchor.observedAt}`
        : '';
    return {
      restoreTime,
      chosenAt: culprit.committedAt,
      basis: 'culprit',
      reason: `${culprit.reason} at ${culprit.committedAt}; it is the last whole second before that${beforeBaseline}`,
    };
  }
  if (anchor === undefined) {
    throw new NoRestorePoint(
      `restorePoint: none was given, and there is no good baseline before the trouble; give one in UTC. ${describeWindow(evidence.window)}`,
    );
  }
  return {
    restoreTime: floorToSecond(anchor.observedAt),
    chosenAt: anchor.observedAt,
    basis: 'baseline',
    reason: `The baseline of ${anchor.observedAt} is the last one before the trouble that broke no rule`,
  };
}

function requestedPoint(
  { restorePoint: requested, name, reason }: NonNullable<ChoiceEvidence['requested']>,
  { culprit, now, window }: ChoiceEvidence,
): ChosenPoint {
  if (epochMicros(requested) > epochMicros(now)) {
    throw new RestorePointInFuture(
      `restorePoint: ${requested} has not happened yet; it is ${now}. ${describeWindow(window)}`,
    );
  }
  const restoreTime = floorToSecond(requested);
  if (culprit !== null && epochMicros(restoreTime) >= epochMicros(culprit.committedAt)) {
    throw new RestorePointAfterAccident(
      `restorePoint: ${requested} lies after the accident: ${culprit.reason} at ${culprit.committedAt}; give a moment before that. ${describeWindow(window)}`,
    );
  }
  return {
    restoreTime,
    chosenAt: requested,
    basis: 'operator',
    reason: `${name} asked for ${requested} (${reason})`,
  };
}

function describeWindow({
  earliestRestorableTime: earliest,
  latestRestorableTime: latest,
}: RestorableWindow): string {
  return `RDS can restore from ${earliest ?? 'no known moment'} to ${latest ?? 'no known moment'}`;
}

/** What would be lost, as a sentence. */
export function describePreview(preview: RestorePreview | null | undefined): string {
  if (preview === null || preview === undefined) return 'What would be lost is not known';
  const tables = Object.entries(preview.rows).filter(([, rows]) => rows > 0);
  const rows = tables.map(([table, count]) => `${count} of ${table}`).join(', ');
  return `Lost would be ${preview.transactions} transactions in ${preview.rpoSeconds.toFixed(3)} s (rows: ${rows || 'none'})`;
}

/**
 * Whether RDS can restore to a moment now. False means that its log will be uploaded soon.
 * @param waitedSeconds how long the recovery has been asking.
 * @throws {RestorePointTooOld} when it lies before all backups.
 * @throws {RestorePointNotRestorable} when its log has not come in time.
 */
export function isRestorable(restoreTime: string, window: RestorableWindow, waitedSeconds: number): boolean {
  const { earliestRestorableTime: earliest, latestRestorableTime: latest } = window;
  if (earliest !== null && epochMicros(restoreTime) < epochMicros(earliest))
    throw new RestorePointTooOld(
      `restorePoint: ${restoreTime} lies before ${earliest}, where the backups begin. ${describeWindow(window)}`,
    );
  if (latest !== null && epochMicros(restoreTime) <= epochMicros(latest)) return true;
  if (waitedSeconds < RESTORABLE_WITHIN_SECONDS) return false;
  throw new RestorePointNotRestorable(
    `restorePoint: ${restoreTime} is not restorable after ${Math.floor(waitedSeconds)} s. ${describeWindow(window)}`,
  );
}
