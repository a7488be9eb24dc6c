import { epochMicros, floorToSecond } from '../lambda/timestamp.ts';
import type { Baseline } from './baseline.ts';
import type { DatabaseInstance } from './database-instance.ts';
import {
  NoRestorePoint,
  RestorePointInFuture,
  RestorePointNotRestorable,
  RestorePointTooOld,
} from './errors.ts';
import type { RestorePoint } from './restore-point.ts';

/** RDS uploads its logs every five minutes: six missed uploads in a row do not come any more. */
const RESTORABLE_WITHIN_SECONDS = 1800;

/** The moment to go back to, and why. */
export type ChosenPoint = Pick<RestorePoint, 'restoreTime' | 'chosenAt' | 'basis' | 'reason'>;

/**
 * SOP `recovery_target_time`: what an operator gave, else the last good baseline. RDS takes whole seconds only, so the second that has
 * begun at the point is taken: never a moment after it.
 * @param anchor the last good baseline before the trouble, if any.
 * @throws {NoRestorePoint}
 * @throws {RestorePointInFuture}
 */
export function choosePoint(
  requested: string | null,
  anchor: Pick<Baseline, 'observedAt'> | undefined,
  now: string,
): ChosenPoint {
  if (requested !== null) {
    if (epochMicros(requested) > epochMicros(now))
      throw new RestorePointInFuture(`restorePoint: ${requested} has not happened yet; it is ${now}`);
    return {
      restoreTime: floorToSecond(requested),
      chosenAt: requested,
      basis: 'operator',
      reason: `An operator asked for ${requested}`,
    };
  }
  if (anchor === undefined) {
    throw new NoRestorePoint(
      'restorePoint: none was given, and there is no good baseline before the trouble; give one in UTC',
    );
  }
  return {
    restoreTime: floorToSecond(anchor.observedAt),
    chosenAt: anchor.observedAt,
    basis: 'baseline',
    reason: `The baseline of ${anchor.observedAt} is the last one before the trouble that broke no rule`,
  };
}

/**
 * Whether RDS can restore to a moment now. False means that its log will be uploaded soon.
 * @param waitedSeconds how long the recovery has been asking.
 * @throws {RestorePointTooOld} when it lies before all backups.
 * @throws {RestorePointNotRestorable} when its log has not come in time.
 */
export function isRestorable(
  restoreTime: string,
  window: Pick<DatabaseInstance, 'earliestRestorableTime' | 'latestRestorableTime'>,
  waitedSeconds: number,
): boolean {
  const { earliestRestorableTime: earliest, latestRestorableTime: latest } = window;
  if (earliest !== null && epochMicros(restoreTime) < epochMicros(earliest))
    throw new RestorePointTooOld(
      `restoreTime: ${restoreTime} lies before ${earliest}, where the backups begin`,
    );
  if (latest !== null && epochMicros(restoreTime) <= epochMicros(latest)) return true;
  if (waitedSeconds < RESTORABLE_WITHIN_SECONDS) return false;
  throw new RestorePointNotRestorable(
    `restoreTime: ${restoreTime} is not restorable after ${Math.floor(waitedSeconds)} s; RDS has logs up to ${latest ?? 'no moment at all'}`,
  );
}
