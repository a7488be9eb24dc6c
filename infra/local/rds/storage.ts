import type { InstanceAttributes } from './instance.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';

/** Below this size gp3 storage of PostgreSQL has fixed performance (RDS User Guide, "gp3 storage"). */
const GP3_PROVISIONABLE_GIBIBYTES = 400;

/**
 * Checks the storage of an instance that is restored or modified.
 *
 * @param current what is there now; storage never shrinks.
 * @throws {RdsRequestRefused} `InvalidParameterValue`, `InvalidParameterCombination` or `StorageQuotaExceeded`.
 */
export function checkStorage(
  context: RdsContext,
  wanted: InstanceAttributes,
  current: InstanceAttributes,
): void {
  const [size, currentSize] = [wanted.AllocatedStorage ?? 0, current.AllocatedStorage ?? 0];
  if (size < currentSize) {
    throw new RdsRequestRefused(
      'InvalidParameterValue',
      `AllocatedStorage ${size} is less than the ${currentSize} GiB that the data was stored in.`,
    );
  }
  const provisioned = wanted.Iops !== undefined || wanted.StorageThroughput !== undefined;
  if (wanted.StorageType === 'gp3' && size < GP3_PROVISIONABLE_GIBIBYTES && provisioned) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      `You can't specify IOPS or storage throughput for engine postgres and a storage size less than ${GP3_PROVISIONABLE_GIBIBYTES}.`,
    );
  }
  const used = allocatedGibibytes(context);
  if (used + size > context.storageQuotaGibibytes) {
    throw new RdsRequestRefused(
      'StorageQuotaExceeded',
      `${used + size} GiB of storage exceed the quota of ${context.storageQuotaGibibytes} GiB.`,
    );
  }
}

/** Storage of all instances together. */
export function allocatedGibibytes({ instances }: RdsContext): number {
  return instances.list().reduce((sum, { attributes }) => sum + (attributes.AllocatedStorage ?? 0), 0);
}
