import { DatabaseInstanceFailed } from './errors.ts';
import type { RdsInstance } from './rds.ts';

/** Storage that is still being optimised serves as usual, for hours (RDS User Guide, "Viewing DB instance status"). */
const USABLE = new Set(['available', 'storage-optimization']);

/** States that RDS does not leave by itself (RDS User Guide, "Viewing DB instance status"). */
const STUCK =
  /^(failed|restore-error|insufficient-capacity|storage-full|stopp(ed|ing)|delet(ed|ing)|incompatible-.+|inaccessible-encryption-credentials(-recoverable)?)$/;

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
}

/**
 * Whether an awaited instance can be used: it has its name and its endpoint, nothing is being changed, and it is the right one. After
 * a rename RDS may show the old state, or the old holder of the name, for a while.
 * @throws {DatabaseInstanceFailed} when waiting will not help.
 */
export function isReady(awaited: AwaitedInstance, found: RdsInstance | undefined): boolean {
  if (found === undefined) return false;
  if (awaited.resourceId !== null && found.DbiResourceId !== awaited.resourceId) return false;
  const status = found.DBInstanceStatus ?? 'unknown';
  const readiness = readinessOf(status);
  if (readiness === 'failed') {
    throw new DatabaseInstanceFailed(
      `${found.DBInstanceIdentifier}: status ${status}, which RDS does not leave by itself`,
    );
  }
  const networkSettled = (found.VpcSecurityGroups ?? []).every(({ Status }) => Status === 'active');
  return (
    readiness === 'ready' &&
    found.DBInstanceIdentifier === awaited.identifier &&
    found.Endpoint?.Address !== undefined &&
    networkSettled
  );
}
