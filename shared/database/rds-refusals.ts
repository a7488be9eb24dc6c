import { isTransient, ServiceUnavailable } from '../lambda/errors.ts';
import {
  DatabaseInstanceBusy,
  RestoreCapacityMissing,
  RestorePointNotRestorable,
  RestoreRefused,
} from './errors.ts';

const TAKEN = /^DB(Instance|Cluster)AlreadyExistsFault$/;
const NO_CAPACITY = /^Insufficient(DBInstance|DBCluster|StorageCluster)CapacityFault$/;
/** A name that is taken, or gone, may be so because of a rename that is under way. */
const BUSY = /^(InvalidDB(Instance|Cluster)StateFault|DB(Instance|Cluster)(AlreadyExists|NotFound)Fault)$/;

/** RDS understood and does not do it, whoever asks and however often. */
export function isLastingRefusal(error: unknown): boolean {
  const { name, $fault } = error as Error & { $fault?: 'client' | 'server' };
  return $fault === 'client' && !isTransient(error) && !/^AccessDenied/.test(name);
}

/** Why RDS made no copy, by the names that the procedure knows; any other error as it is. */
export function restoreError(error: unknown): unknown {
  const { name, message } = error as Error;
  const because = { cause: error };
  if (TAKEN.test(name)) return new ServiceUnavailable(`identifier: ${message}`, because);
  if (name === 'PointInTimeRestoreNotEnabledFault' || /cannot be restored to a time/.test(message))
    return new RestorePointNotRestorable(`restoreTime: ${message}`, because);
  if (NO_CAPACITY.test(name)) return new RestoreCapacityMissing(`DBInstanceClass: ${message}`, because);
  return isLastingRefusal(error) ? new RestoreRefused(`${name}: ${message}`, because) : error;
}

/** A change that RDS cannot take now is worth another try; any other error as it is. */
export function busyError(identifier: string | undefined, error: unknown): unknown {
  if (!BUSY.test(nameOf(error))) return error;
  return new DatabaseInstanceBusy(`${identifier}: ${(error as Error).message}`, { cause: error });
}

/** Name of an error; empty for what is none. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
