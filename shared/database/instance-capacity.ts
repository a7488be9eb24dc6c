import type { InstanceCapacity } from './headroom.ts';
import type { RdsInstance } from './rds.ts';

/** From here on gp3 storage of PostgreSQL is spread over four volumes, and may be given more (RDS User Guide, "gp3 storage"). */
export const GP3_PROVISIONABLE_GIBIBYTES = 400;
const GP3_SMALL = { iops: 3000, throughputMebibytes: 125 };
const GP3_LARGE = { iops: 12_000, throughputMebibytes: 500 };
/** gp2: three IOPS for each GiB (RDS User Guide, "General Purpose SSD storage"). */
const GP2_IOPS_PER_GIBIBYTE = 3;
const GP2_LEAST_IOPS = 100;
const GP2_MOST_IOPS = 64_000;

/** What RDS says that an instance has. */
export function capacityOf(instance: RdsInstance): InstanceCapacity {
  const storageGibibytes = instance.AllocatedStorage ?? 0;
  const storageType = instance.StorageType ?? 'unknown';
  return {
    instanceClass: instance.DBInstanceClass ?? 'unknown',
    multiAz: instance.MultiAZ ?? false,
    storageType,
    storageGibibytes,
    maxStorageGibibytes: instance.MaxAllocatedStorage ?? null,
    ...performanceOf(instance, storageType, storageGibibytes),
    pendingChanges: pendingChangesOf(instance),
    storageChangeable: instance.DBInstanceStatus !== 'storage-optimization',
  };
}

/** Names of what waits for the maintenance window. */
function pendingChangesOf({ PendingModifiedValues = {} }: RdsInstance): string[] {
  return Object.entries(PendingModifiedValues)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => name)
    .sort();
}

function performanceOf(
  { Iops, StorageThroughput }: RdsInstance,
  storageType: string,
  storageGibibytes: number,
): Pick<InstanceCapacity, 'iops' | 'throughputMebibytes'> {
  if (storageType === 'gp3') {
    const base = storageGibibytes < GP3_PROVISIONABLE_GIBIBYTES ? GP3_SMALL : GP3_LARGE;
    return { iops: Iops ?? base.iops, throughputMebibytes: StorageThroughput ?? base.throughputMebibytes };
  }
  if (storageType === 'gp2') {
    const iops = Math.min(GP2_MOST_IOPS, Math.max(GP2_LEAST_IOPS, GP2_IOPS_PER_GIBIBYTE * storageGibibytes));
    return { iops, throughputMebibytes: null };
  }
  return { iops: Iops ?? null, throughputMebibytes: null };
}
