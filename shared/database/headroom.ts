import * as z from 'zod';

/** What the instance has. */
export const InstanceCapacity = z.object({
  instanceClass: z.string(),
  multiAz: z.boolean(),
  storageType: z.string(),
  storageGibibytes: z.int().nonnegative(),
  /** Up to where RDS makes the storage larger by itself; null when it does not. */
  maxStorageGibibytes: z.int().positive().nullable(),
  /** What the storage gives at most; null for types whose limit nobody is told. */
  iops: z.int().positive().nullable(),
  /** MiB a second; null likewise. */
  throughputMebibytes: z.int().positive().nullable(),
  /** What waits for the maintenance window: a change that is applied at once would apply it too. */
  pendingChanges: z.array(z.string()),
  /** Storage takes no change while RDS still works on the last one. */
  storageChangeable: z.boolean(),
});
export type InstanceCapacity = z.infer<typeof InstanceCapacity>;

/** What CloudWatch tells of an instance (namespace `AWS/RDS`), averaged over the newest minutes; null where there is no such metric. */
export const InstanceLoad = z.object({
  CPUUtilization: z.number().nullable(),
  CPUCreditBalance: z.number().nullable(),
  FreeableMemory: z.number().nullable(),
  FreeStorageSpace: z.number().nullable(),
  ReadIOPS: z.number().nullable(),
  WriteIOPS: z.number().nullable(),
  ReadThroughput: z.number().nullable(),
  WriteThroughput: z.number().nullable(),
  DiskQueueDepth: z.number().nullable(),
  DatabaseConnections: z.number().nullable(),
  BurstBalance: z.number().nullable(),
  'EBSIOBalance%': z.number().nullable(),
  'EBSByteBalance%': z.number().nullable(),
});
export type InstanceLoad = z.infer<typeof InstanceLoad>;

/** What there is not enough of. */
const BoundResource = z.enum([
  'processor',
  'memory',
  'class-bandwidth',
  'storage-space',
  'storage-iops',
  'storage-throughput',
]);

/** One thing that the instance is at the end of. */
export const HeadroomFinding = z.object({
  resource: BoundResource,
  metric: z.string(),
  measured: z.number(),
  limit: z.number(),
  text: z.string(),
});
export type HeadroomFinding = z.infer<typeof HeadroomFinding>;

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

/** Above this a processor is the bottleneck (RDS User Guide, "Performance metrics": consistently high is 90 % or more). */
const BUSY_PERCENT = 90;
/** Below this PostgreSQL and the page cache of the system push each other out. */
const LEAST_MEMORY_BYTES = 256 * MEBIBYTE;
/** RDS itself warns below a tenth, and makes storage larger then where it may ("Managing capacity automatically"). */
const LEAST_STORAGE_SHARE = 0.1;
/** So near to what was bought that requests wait for their turn. */
const SATURATED_SHARE = 0.9;
/** What is left of a balance that is spent by bursting (EBS and burstable classes). */
const LEAST_BALANCE_PERCENT = 10;
const LEAST_CPU_CREDITS = 10;
/** EBS recommends one waiting request for each thousand IOPS; ten times as many are a queue. */
const IOPS_PER_WAITING_REQUEST = 100;
const LEAST_QUEUE = 10;

type Rule = (load: InstanceLoad, capacity: InstanceCapacity) => HeadroomFinding | undefined;

const RULES: readonly Rule[] = [
  ({ CPUUtilization: percent }) =>
    atLeast(
      percent,
      BUSY_PERCENT,
      'processor',
      'CPUUtilization',
      (value) => `the processor is busy to ${value.toFixed(0)} %`,
    ),
  ({ CPUCreditBalance: credits }, { instanceClass }) =>
    instanceClass.startsWith('db.t')
      ? atMost(
          credits,
          LEAST_CPU_CREDITS,
          'processor',
          'CPUCreditBalance',
          (value) => `${value.toFixed(0)} credits are left to the burstable class`,
        )
      : undefined,
  ({ FreeableMemory: bytes }) =>
    atMost(
      bytes,
      LEAST_MEMORY_BYTES,
      'memory',
      'FreeableMemory',
      (value) => `${(value / MEBIBYTE).toFixed(0)} MiB of memory are free`,
    ),
  (load) => balance(load, 'EBSIOBalance%', 'class-bandwidth'),
  (load) => balance(load, 'EBSByteBalance%', 'class-bandwidth'),
  ({ FreeStorageSpace: bytes }, { storageGibibytes }) =>
    atMost(
      bytes,
      storageGibibytes * GIBIBYTE * LEAST_STORAGE_SHARE,
      'storage-space',
      'FreeStorageSpace',
      (value) => `${(value / GIBIBYTE).toFixed(1)} of ${storageGibibytes} GiB of storage are free`,
    ),
  ({ ReadIOPS, WriteIOPS }, { iops }) =>
    iops === null
      ? undefined
      : atLeast(
          sum(ReadIOPS, WriteIOPS),
          iops * SATURATED_SHARE,
          'storage-iops',
          'ReadIOPS + WriteIOPS',
          (value) => `${value.toFixed(0)} of ${iops} IOPS are used`,
        ),
  ({ DiskQueueDepth: depth }, { iops }) =>
    iops === null
      ? undefined
      : atLeast(
          depth,
          Math.max(LEAST_QUEUE, iops / IOPS_PER_WAITING_REQUEST),
          'storage-iops',
          'DiskQueueDepth',
          (value) => `${value.toFixed(0)} requests wait for the storage`,
        ),
  (load) => balance(load, 'BurstBalance', 'storage-iops'),
  ({ ReadThroughput, WriteThroughput }, { throughputMebibytes }) =>
    throughputMebibytes === null
      ? undefined
      : atLeast(
          sum(ReadThroughput, WriteThroughput),
          throughputMebibytes * MEBIBYTE * SATURATED_SHARE,
          'storage-throughput',
          'ReadThroughput + WriteThroughput',
          (value) => `${(value / MEBIBYTE).toFixed(0)} of ${throughputMebibytes} MiB a second are used`,
        ),
];

/** What an instance is at the end of; empty when it has room for more. A metric that does not exist finds nothing. */
export function findBoundResources(load: InstanceLoad, capacity: InstanceCapacity): HeadroomFinding[] {
  return RULES.flatMap((rule) => rule(load, capacity) ?? []);
}

type Described = (value: number) => string;

function atLeast(
  measured: number | null,
  limit: number,
  resource: HeadroomFinding['resource'],
  metric: string,
  text: Described,
): HeadroomFinding | undefined {
  if (measured === null || measured < limit) return undefined;
  return { resource, metric, measured, limit, text: text(measured) };
}

function atMost(
  measured: number | null,
  limit: number,
  resource: HeadroomFinding['resource'],
  metric: string,
  text: Described,
): HeadroomFinding | undefined {
  if (measured === null || measured > limit) return undefined;
  return { resource, metric, measured, limit, text: text(measured) };
}

function balance(
  load: InstanceLoad,
  metric: 'BurstBalance' | 'EBSIOBalance%' | 'EBSByteBalance%',
  resource: HeadroomFinding['resource'],
): HeadroomFinding | undefined {
  return atMost(
    load[metric],
    LEAST_BALANCE_PERCENT,
    resource,
    metric,
    (value) => `${metric} is down to ${value.toFixed(0)} %`,
  );
}

/** Null when neither is known. */
function sum(left: number | null, right: number | null): number | null {
  return left === null && right === null ? null : (left ?? 0) + (right ?? 0);
}
