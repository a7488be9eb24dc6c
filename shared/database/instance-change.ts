import * as z from 'zod';
import type { HeadroomFinding, InstanceCapacity } from './headroom.ts';
import { GP3_PROVISIONABLE_GIBIBYTES } from './instance-capacity.ts';

/** How far a database that is too small may be made larger, when people agree. */
export const ChangePolicy = z.strictObject({
  /** Classes that the instance may be given, the smallest first; none: its class is never changed. */
  instanceClasses: z
    .array(z.string().regex(/^db\.[a-z0-9-]+\.[a-z0-9-]+$/, 'must look like db.m7g.large'))
    .default([]),
  /** Its storage is made no larger than this; left out: never. Storage cannot be made smaller again. */
  maxStorageGibibytes: z.int().min(20).max(65_536).optional(),
  /** Its storage is given no more IOPS than this; left out: no more than it has. */
  maxIops: z.int().min(1000).max(256_000).optional(),
});
export type ChangePolicy = z.infer<typeof ChangePolicy>;

const changed = <Value extends z.ZodType>(value: Value) => z.object({ from: value, to: value }).nullable();

/** A change of the instance that would help, and what it means for clients. */
export const ChangeProposal = z.object({
  instanceClass: changed(z.string()),
  storageGibibytes: changed(z.int()),
  iops: changed(z.int()),
  throughputMebibytes: changed(z.int()),
  /** What clients notice of it. */
  interruption: z.string(),
  reasons: z.array(z.string()),
  /** It is worth asking although the database is fast: soon it stops taking writes. */
  urgent: z.boolean(),
});
export type ChangeProposal = z.infer<typeof ChangeProposal>;

/** What may be proposed, and why some of it may not. */
export interface ChangeAdvice {
  readonly proposal: ChangeProposal | null;
  /** Why a resource that is at its end cannot be given more; empty when nothing stands in the way. */
  readonly obstacles: readonly string[];
}

/** RDS takes a change of the size of at least a tenth ("ModifyDBInstance", AllocatedStorage); a fifth lasts longer. */
const STORAGE_GROWTH = 1.2;
const LEAST_STORAGE_GROWTH = 1.1;
const PERFORMANCE_GROWTH = 1.5;
/** gp3 and io2: a quarter of a MiB a second for each IOPS, and 4000 at most ("gp3 storage"). */
const IOPS_PER_THROUGHPUT = 4;
const MOST_THROUGHPUT_MEBIBYTES = 4000;

type Step<Value> = { readonly from: Value; readonly to: Value } | string | null;

/**
 * What would give a bound instance room, inside of what the configuration allows: the next larger class for processor, memory and
 * bandwidth; more storage for space; more IOPS or throughput, or the size that brings them, for those.
 */
export function proposeChange(
  findings: readonly HeadroomFinding[],
  capacity: InstanceCapacity,
  policy: ChangePolicy,
): ChangeAdvice {
  if (findings.length > 0 && capacity.pendingChanges.length > 0)
    return {
      proposal: null,
      obstacles: [
        `${capacity.pendingChanges.join(', ')} wait for the maintenance window: a change now would apply them too`,
      ],
    };
  const bound = (...resources: HeadroomFinding['resource'][]) =>
    findings.some(({ resource }) => resources.includes(resource));
  const fullStorage = bound('storage-space');
  const slowStorage = bound('storage-iops', 'storage-throughput');
  const instanceClass = bound('processor', 'memory', 'class-bandwidth') ? nextClass(capacity, policy) : null;
  const storage =
    fullStorage || slowStorage ? nextStorage(capacity, policy, { fullStorage, slowStorage }) : {};
  const steps = { instanceClass, storageGibibytes: null, iops: null, throughputMebibytes: null, ...storage };
  const obstacles = Object.values(steps).filter((step) => typeof step === 'string');
  const taken = {
    instanceClass: asChange(steps.instanceClass),
    storageGibibytes: asChange(steps.storageGibibytes),
    iops: asChange(steps.iops),
    throughputMebibytes: asChange(steps.throughputMebibytes),
  };
  if (Object.values(taken).every((change) => change === null)) return { proposal: null, obstacles };
  return {
    proposal: {
      ...taken,
      interruption: interruptionOf(taken, capacity),
      reasons: findings.map(({ text }) => text),
      urgent: taken.storageGibibytes !== null && fullStorage,
    },
    obstacles,
  };
}

function asChange<Value>(step: Step<Value>): { from: Value; to: Value } | null {
  return step === null || typeof step === 'string' ? null : { ...step };
}

function nextClass({ instanceClass }: InstanceCapacity, { instanceClasses }: ChangePolicy): Step<string> {
  const index = instanceClasses.indexOf(instanceClass);
  const to = index < 0 ? undefined : instanceClasses[index + 1];
  if (to !== undefined) return { from: instanceClass, to };
  return index < 0
    ? `optimization.change.instanceClasses does not name ${instanceClass}, so nobody knows what is larger`
    : `${instanceClass} is the largest of optimization.change.instanceClasses`;
}

interface StorageSteps {
  storageGibibytes?: Step<number>;
  iops?: Step<number>;
  throughputMebibytes?: Step<number>;
}

function nextStorage(
  capacity: InstanceCapacity,
  policy: ChangePolicy,
  { fullStorage, slowStorage }: { readonly fullStorage: boolean; readonly slowStorage: boolean },
): StorageSteps {
  if (!capacity.storageChangeable)
    return {
      storageGibibytes: 'RDS still works on the last change of the storage, and takes no other before',
    };
  const provisionable =
    capacity.storageType !== 'gp2' &&
    !(capacity.storageType === 'gp3' && capacity.storageGibibytes < GP3_PROVISIONABLE_GIBIBYTES);
  const growsByItself = (capacity.maxStorageGibibytes ?? 0) > capacity.storageGibibytes;
  const least = Math.ceil(capacity.storageGibibytes * STORAGE_GROWTH);
  // Small gp3 gets its performance with its size, and gp2 in proportion to it.
  const wanted =
    slowStorage && capacity.storageType === 'gp3' && !provisionable
      ? Math.max(least, GP3_PROVISIONABLE_GIBIBYTES)
      : least;
  return {
    ...((fullStorage || (slowStorage && !provisionable)) && {
      storageGibibytes:
        fullStorage && growsByItself && !slowStorage
          ? `RDS makes the storage larger by itself, up to ${capacity.maxStorageGibibytes} GiB`
          : nextSize(capacity, policy, wanted),
    }),
    ...(slowStorage && provisionable && nextPerformance(capacity, policy)),
  };
}

function nextSize(
  { storageGibibytes: from }: InstanceCapacity,
  { maxStorageGibibytes }: ChangePolicy,
  wanted: number,
): Step<number> {
  const to = Math.min(wanted, maxStorageGibibytes ?? 0);
  if (to >= Math.ceil(from * LEAST_STORAGE_GROWTH)) return { from, to };
  return `optimization.change.maxStorageGibibytes (${maxStorageGibibytes ?? 'not set'}) lets ${from} GiB become no larger`;
}

function nextPerformance(
  { iops, throughputMebibytes }: InstanceCapacity,
  { maxIops }: ChangePolicy,
): StorageSteps {
  const from = iops ?? 0;
  const to = Math.min(Math.ceil(from * PERFORMANCE_GROWTH), maxIops ?? 0);
  if (to <= from)
    return { iops: `optimization.change.maxIops (${maxIops ?? 'not set'}) lets ${from} IOPS become no more` };
  if (throughputMebibytes === null) return { iops: { from, to } };
  const more = Math.min(
    Math.ceil(throughputMebibytes * PERFORMANCE_GROWTH),
    Math.floor(to / IOPS_PER_THROUGHPUT),
    MOST_THROUGHPUT_MEBIBYTES,
  );
  return {
    iops: { from, to },
    ...(more > throughputMebibytes && { throughputMebibytes: { from: throughputMebibytes, to: more } }),
  };
}

/** RDS User Guide, "Modifying an Amazon RDS DB instance: settings". */
function interruptionOf(
  {
    instanceClass,
    storageGibibytes,
    iops,
  }: Pick<ChangeProposal, 'instanceClass' | 'storageGibibytes' | 'iops'>,
  { multiAz }: InstanceCapacity,
): string {
  return [
    ...(instanceClass === null
      ? []
      : [
          multiAz
            ? 'the class changes on the standby first, then RDS fails over: every session ends, no connection for about a minute'
            : 'the class changes by a restart of the only server: every session ends, no connection for several minutes',
        ]),
    ...(storageGibibytes === null && iops === null
      ? []
      : [
          'the storage changes while it is used, may be slower meanwhile, takes no other change for six hours',
        ]),
    ...(storageGibibytes === null ? [] : ['it can never be made smaller again']),
  ].join('; ');
}

/** A proposal in words. */
export function changeText(proposal: ChangeProposal): string {
  const { instanceClass, storageGibibytes, iops, throughputMebibytes } = proposal;
  return [
    ...(instanceClass === null ? [] : [`class ${instanceClass.from} to ${instanceClass.to}`]),
    ...(storageGibibytes === null ? [] : [`storage ${storageGibibytes.from} to ${storageGibibytes.to} GiB`]),
    ...(iops === null ? [] : [`IOPS ${iops.from} to ${iops.to}`]),
    ...(throughputMebibytes === null
      ? []
      : [`throughput ${throughputMebibytes.from} to ${throughputMebibytes.to} MiB a second`]),
  ].join(', ');
}

/** What people are told before they decide: what, why, what clients notice, and whether they trade meanwhile. */
export function changeRequestText(proposal: ChangeProposal, severity: string, trading: string): string[] {
  return [
    `The database is too small: ${proposal.reasons.join('; ')}.`,
    `Proposed: ${changeText(proposal)}, at once.`,
    `What it interrupts: ${proposal.interruption}.`,
    trading === 'HALTED'
      ? 'Trading is halted meanwhile.'
      : `THE PLATFORM IS TRADING (${severity}, ${trading}): orders fail while the database is away. Whoever wants it halted first calls POST /emergency/halt-trading, and then decides.`,
  ];
}

/** How an instance stands to a change that was agreed on. */
export type ChangeProgress = 'applied' | 'under-way' | 'not-asked';

/** What RDS shows of an instance, as far as a change of it is concerned. */
export interface ChangedInstance {
  readonly instanceClass: string;
  readonly storageGibibytes: number;
  readonly iops: number | null;
  readonly throughputMebibytes: number | null;
  /** RDS status. */
  readonly status: string;
  readonly pendingChanges: readonly string[];
}

/** Whether what was agreed on is there. Storage that is still optimised has its new size already. */
export function progressOf(proposal: ChangeProposal, instance: ChangedInstance): ChangeProgress {
  const there =
    (proposal.instanceClass === null || proposal.instanceClass.to === instance.instanceClass) &&
    (proposal.storageGibibytes === null || proposal.storageGibibytes.to <= instance.storageGibibytes) &&
    (proposal.iops === null || proposal.iops.to === instance.iops) &&
    (proposal.throughputMebibytes === null ||
      proposal.throughputMebibytes.to === instance.throughputMebibytes);
  const quiet = /^(available|storage-optimization)$/.test(instance.status);
  if (there && quiet) return 'applied';
  return !quiet || instance.pendingChanges.length > 0 ? 'under-way' : 'not-asked';
}
