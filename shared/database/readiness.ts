import { DatabaseInstanceFailed } from './errors.ts';
import type { RestorableDatabase } from './restorable-database.ts';

/** Storage that is still being optimised serves as usual, for hours (RDS User Guide, "Viewing DB instance status"). */
const USABLE = new Set(['available', 'storage-optimization']);

/** States that RDS does not leave by itself (RDS User Guide, "Viewing DB instance status"). */
const STUCK =
  /^(failed|restore-error|insufficient-capacity|storage-full|stopp(ed|ing)|delet(ed|ing)|incompatible-.+|(cloning|migration)-failed|inaccessible-encryption-credentials(-recoverable)?)$/;

/** RDS cannot bring these back ("failed: Perform a point-in-time restore", RDS User Guide, "Viewing DB instance status"). */
const LOST = /^(failed|restore-error|incompatible-restore)$/;

/** Whether RDS itself cannot bring an instance in this status back. */
export function isLost(status: string): boolean {
  return LOST.test(status);
}

/** What an instance in this RDS status can be used for: now, later, or not without a person. */
export function readinessOf(status: string): 'ready' | 'pending' | 'failed' {
  if (USABLE.has(status)) return 'ready';
  return STUCK.test(status) ? 'failed' : 'pending';
}

/** An instance that is awaited. */
export interface AwaitedInstance {
  readonly identifier: string;
  /** Null while nobody knows it. */
  readonly resourceId: string | null;
  /** What is awaited. */
  readonly purpose?: string;
}

/** A promotion has taken effect when the instance follows nobody any more; until RDS begins with it, it looks ready. */
const PROMOTION = 'promotion';

/**
 * Whether an awaited instance can be used: it has its name and its endpoint, nothing is being changed, and it is the right one. After
 * a rename RDS may show the old state, or the old holder of the name, for a while.
 * @throws {DatabaseInstanceFailed} when waiting will not help.
 */
export function isReady(awaited: AwaitedInstance, found: RestorableDatabase | undefined): boolean {
  if (found === undefined) return false;
  if (awaited.purpose === PROMOTION && found.follows !== undefined) return false;
  if (awaited.resourceId !== null && found.resourceId !== awaited.resourceId) return false;
  const readiness = readinessOf(found.status);
  if (readiness === 'failed') {
    throw new DatabaseInstanceFailed(
      `${found.identifier}: status ${found.status}, which RDS does not leave by itself`,
    );
  }
  return (
    readiness === 'ready' &&
    found.identifier === awaited.identifier &&
    found.endpoint !== null &&
    found.securityGroupsSettled
  );
}
