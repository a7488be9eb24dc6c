import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBoundResources, type InstanceCapacity, InstanceLoad } from '../../shared/database/headroom.ts';
import { capacityOf } from '../../shared/database/instance-capacity.ts';
import {
  ChangePolicy,
  type ChangeProposal,
  changeRequestText,
  changeText,
  progressOf,
  proposeChange,
} from '../../shared/database/instance-change.ts';

const GIBIBYTE = 1024 ** 3;
const MEBIBYTE = 1024 ** 2;
const UNKNOWN = InstanceLoad.parse(
  Object.fromEntries(Object.keys(InstanceLoad.shape).map((metric) => [metric, null])),
);
const GP3: InstanceCapacity = {
  instanceClass: 'db.m7g.large',
  multiAz: false,
  storageType: 'gp3',
  storageGibibytes: 100,
  maxStorageGibibytes: null,
  iops: 3000,
  throughputMebibytes: 125,
  pendingChanges: [],
  storageChangeable: true,
};
const LARGE_GP3: InstanceCapacity = { ...GP3, storageGibibytes: 500, iops: 12_000, throughputMebibytes: 500 };
const POLICY = ChangePolicy.parse({
  instanceClasses: ['db.m7g.large', 'db.m7g.xlarge'],
  maxStorageGibibytes: 1000,
  maxIops: 20_000,
});
const bound = (load: Partial<InstanceLoad>, capacity = GP3) =>
  findBoundResources({ ...UNKNOWN, ...load }, capacity).map(
    ({ resource, metric }) => `${resource} ${metric}`,
  );
const advice = (load: Partial<InstanceLoad>, capacity = GP3, policy = POLICY) =>
  proposeChange(findBoundResources({ ...UNKNOWN, ...load }, capacity), capacity, policy);

describe('what an instance is at the end of', () => {
  it('is nothing where CloudWatch knows nothing', () => {
    expect(bound({})).toEqual([]);
  });

  it.each<[string, Partial<InstanceLoad>, Partial<InstanceLoad>, InstanceCapacity]>([
    ['processor CPUUtilization', { CPUUtilization: 90 }, { CPUUtilization: 89.9 }, GP3],
    [
      'processor CPUCreditBalance',
      { CPUCreditBalance: 10 },
      { CPUCreditBalance: 11 },
      { ...GP3, instanceClass: 'db.t4g.large' },
    ],
    ['memory FreeableMemory', { FreeableMemory: 256 * MEBIBYTE }, { FreeableMemory: 257 * MEBIBYTE }, GP3],
    ['class-bandwidth EBSIOBalance%', { 'EBSIOBalance%': 10 }, { 'EBSIOBalance%': 11 }, GP3],
    ['class-bandwidth EBSByteBalance%', { 'EBSByteBalance%': 0 }, { 'EBSByteBalance%': 99 }, GP3],
    [
      'storage-space FreeStorageSpace',
      { FreeStorageSpace: 10 * GIBIBYTE },
      { FreeStorageSpace: 10.1 * GIBIBYTE },
      GP3,
    ],
    [
      'storage-iops ReadIOPS + WriteIOPS',
      { ReadIOPS: 700, WriteIOPS: 2000 },
      { ReadIOPS: 699, WriteIOPS: 2000 },
      GP3,
    ],
    ['storage-iops ReadIOPS + WriteIOPS', { WriteIOPS: 10_800 }, { WriteIOPS: 10_799 }, LARGE_GP3],
    ['storage-iops DiskQueueDepth', { DiskQueueDepth: 30 }, { DiskQueueDepth: 29 }, GP3],
    [
      'storage-iops BurstBalance',
      { BurstBalance: 10 },
      { BurstBalance: 11 },
      { ...GP3, storageType: 'gp2', iops: 300 },
    ],
    [
      'storage-throughput ReadThroughput + WriteThroughput',
      { ReadThroughput: 113 * MEBIBYTE },
      { ReadThroughput: 112 * MEBIBYTE },
      GP3,
    ],
  ])('%s, from its limit on', (finding, at, before, capacity) => {
    expect(bound(at, capacity)).toEqual([finding]);
    expect(bound(before, capacity)).toEqual([]);
  });

  it('credits say nothing of a class that does not burst, nor IOPS of storage without a told limit', () => {
    expect(bound({ CPUCreditBalance: 0 })).toEqual([]);
    expect(bound({ WriteIOPS: 1e6, DiskQueueDepth: 1e6 }, { ...GP3, iops: null })).toEqual([]);
  });
});

describe('what RDS says that an instance has', () => {
  it.each([
    [{ StorageType: 'gp3', AllocatedStorage: 399 }, 3000, 125],
    [{ StorageType: 'gp3', AllocatedStorage: 400 }, 12_000, 500],
    [{ StorageType: 'gp3', AllocatedStorage: 400, Iops: 14_000, StorageThroughput: 700 }, 14_000, 700],
    [{ StorageType: 'gp2', AllocatedStorage: 20 }, 100, null],
    [{ StorageType: 'gp2', AllocatedStorage: 1000 }, 3000, null],
    [{ StorageType: 'io2', AllocatedStorage: 100, Iops: 5000 }, 5000, null],
    [{ StorageType: 'standard', AllocatedStorage: 100 }, null, null],
  ])('%j', (instance, iops, throughputMebibytes) => {
    expect(capacityOf(instance)).toMatchObject({ iops, throughputMebibytes, storageChangeable: true });
  });

  it('names what waits for the maintenance window', () => {
    const PendingModifiedValues = { MultiAZ: true, ProcessorFeatures: [], EngineVersion: '18.5' };
    expect(capacityOf({ PendingModifiedValues }).pendingChanges).toEqual(['EngineVersion', 'MultiAZ']);
  });

  it('takes no change of the storage while it is optimised', () => {
    expect(capacityOf({ DBInstanceStatus: 'storage-optimization' }).storageChangeable).toBe(false);
  });
});

/** What of a proposal nobody allowed, or RDS would refuse. */
function beyondPolicy(
  { instanceClass, storageGibibytes, iops, throughputMebibytes }: ChangeProposal,
  { storageChangeable }: InstanceCapacity,
): string[] {
  const numbers = [
    ['storage', storageGibibytes, 1000],
    ['IOPS', iops, 20_000],
    ['throughput', throughputMebibytes, 4000],
  ] as const;
  return [
    ...numbers.flatMap(([name, change, most]) =>
      change !== null && (change.to <= change.from || change.to > most || !storageChangeable) ? [name] : [],
    ),
    ...(storageGibibytes !== null && storageGibibytes.to < storageGibibytes.from * 1.1
      ? ['storage step']
      : []),
    ...(instanceClass !== null && !POLICY.instanceClasses.includes(instanceClass.to) ? ['class'] : []),
  ];
}

describe('what is proposed', () => {
  it('is nothing for an instance that has room', () => {
    expect(advice({ CPUUtilization: 20 })).toEqual({ proposal: null, obstacles: [] });
  });

  it('is the next larger class, with what it interrupts', () => {
    const { proposal, obstacles } = advice({ CPUUtilization: 99, FreeableMemory: 0 });
    expect(proposal).toMatchObject({
      instanceClass: { from: 'db.m7g.large', to: 'db.m7g.xlarge' },
      storageGibibytes: null,
      iops: null,
      interruption: expect.stringContaining('restart of the only server'),
      urgent: false,
    });
    expect(proposal?.reasons).toHaveLength(2);
    expect(obstacles).toEqual([]);
    expect(proposal && changeText(proposal)).toBe('class db.m7g.large to db.m7g.xlarge');
    const standby = advice({ CPUUtilization: 99 }, { ...GP3, multiAz: true }).proposal;
    expect(standby?.interruption).toContain('fails over');
  });

  it.each<[string, Partial<InstanceLoad>, Partial<InstanceCapacity>, string]>([
    ['IOPS of small gp3 come with its size', { WriteIOPS: 3000 }, {}, 'storage 100 to 400 GiB'],
    ['space of small gp3', { FreeStorageSpace: 0 }, {}, 'storage 100 to 120 GiB'],
    [
      'IOPS of large gp3',
      { WriteIOPS: 12_000 },
      LARGE_GP3,
      'IOPS 12000 to 18000, throughput 500 to 750 MiB a second',
    ],
    [
      'both of large gp3',
      { WriteIOPS: 12_000, FreeStorageSpace: 0 },
      LARGE_GP3,
      'storage 500 to 600 GiB, IOPS 12000 to 18000, throughput 500 to 750 MiB a second',
    ],
    [
      'IOPS of gp2 come with its size',
      { BurstBalance: 0 },
      { storageType: 'gp2', iops: 300, throughputMebibytes: null },
      'storage 100 to 120 GiB',
    ],
    [
      'IOPS of io2 up to the configured',
      { WriteIOPS: 15_000 },
      { storageType: 'io2', iops: 16_000, throughputMebibytes: null },
      'IOPS 16000 to 20000',
    ],
    [
      'class and storage at once',
      { CPUUtilization: 99, FreeStorageSpace: 0 },
      {},
      'class db.m7g.large to db.m7g.xlarge, storage 100 to 120 GiB',
    ],
  ])('%s', (_case, load, capacity, text) => {
    const { proposal } = advice(load, { ...GP3, ...capacity });
    expect(proposal && changeText(proposal)).toBe(text);
  });

  it('is urgent when the space runs out: then it stops taking writes', () => {
    expect(advice({ FreeStorageSpace: 0 }).proposal?.urgent).toBe(true);
    expect(advice({ WriteIOPS: 3000 }).proposal?.urgent).toBe(false);
  });

  it.each<[string, Partial<InstanceLoad>, Partial<InstanceCapacity>, object, string]>([
    ['the largest class', { CPUUtilization: 99 }, { instanceClass: 'db.m7g.xlarge' }, {}, 'largest'],
    [
      'a class that the list does not name',
      { CPUUtilization: 99 },
      { instanceClass: 'db.r8g.large' },
      {},
      'does not name db.r8g.large',
    ],
    [
      'storage that may not grow',
      { FreeStorageSpace: 0 },
      {},
      { maxStorageGibibytes: undefined },
      'maxStorageGibibytes (not set)',
    ],
    [
      'storage that may grow by less than RDS takes',
      { FreeStorageSpace: 0 },
      {},
      { maxStorageGibibytes: 109 },
      'maxStorageGibibytes (109)',
    ],
    [
      'storage that grows by itself',
      { FreeStorageSpace: 0 },
      { maxStorageGibibytes: 200 },
      {},
      'by itself, up to 200 GiB',
    ],
    [
      'storage that is still optimised',
      { FreeStorageSpace: 0 },
      { storageChangeable: false },
      {},
      'last change',
    ],
    [
      'changes that wait for the window',
      { CPUUtilization: 99 },
      { pendingChanges: ['EngineVersion'] },
      {},
      'EngineVersion',
    ],
    ['IOPS that may not grow', { WriteIOPS: 12_000 }, LARGE_GP3, { maxIops: undefined }, 'maxIops (not set)'],
  ])('is nothing for %s, and the reason is told', (_case, load, capacity, policy, obstacle) => {
    const told = advice(load, { ...GP3, ...capacity }, { ...POLICY, ...policy });
    expect(told.proposal).toBeNull();
    expect(told.obstacles).toEqual([expect.stringContaining(obstacle)]);
  });

  it('never goes beyond the configuration, never shrinks anything, and is none without a finding', () => {
    const loads = fc.record({
      CPUUtilization: fc.nat({ max: 100 }),
      FreeStorageSpace: fc.nat({ max: 1000 }).map((gibibytes) => gibibytes * GIBIBYTE),
      WriteIOPS: fc.nat({ max: 60_000 }),
    });
    const capacities = fc.record({
      storageType: fc.constantFrom('gp2', 'gp3', 'io1', 'io2'),
      storageGibibytes: fc.integer({ min: 20, max: 2000 }),
      iops: fc.integer({ min: 100, max: 60_000 }),
      throughputMebibytes: fc.option(fc.integer({ min: 125, max: 4000 })),
      storageChangeable: fc.boolean(),
    });
    fc.assert(
      fc.property(loads, capacities, (load, facts) => {
        const capacity = { ...GP3, ...facts };
        const findings = findBoundResources({ ...UNKNOWN, ...load }, capacity);
        const { proposal, obstacles } = proposeChange(findings, capacity, POLICY);
        expect(proposal !== null || obstacles.length > 0).toBe(findings.length > 0);
        expect(proposal === null ? [] : beyondPolicy(proposal, capacity)).toEqual([]);
      }),
      { seed: 23 },
    );
  });
});

describe('what people are asked', () => {
  const proposal = advice({ CPUUtilization: 99 }).proposal as ChangeProposal;

  it('says what, why, what it interrupts, and that the platform is trading', () => {
    const text = changeRequestText(proposal, 'P1', 'ACTIVE').join('\n');
    expect(text).toContain('the processor is busy to 99 %');
    expect(text).toContain('class db.m7g.large to db.m7g.xlarge');
    expect(text).toContain('no connection for several minutes');
    expect(text).toContain('THE PLATFORM IS TRADING (P1, ACTIVE)');
    expect(changeRequestText(proposal, 'P0', 'HALTED').join('\n')).toContain('Trading is halted meanwhile');
  });
});

describe('how far a change has come', () => {
  const proposal = advice({ CPUUtilization: 99, FreeStorageSpace: 0 }).proposal as ChangeProposal;
  const before = { ...GP3, status: 'available' };
  const after = { ...before, instanceClass: 'db.m7g.xlarge', storageGibibytes: 120 };
  it.each([
    ['not-asked', before],
    ['under-way', { ...before, status: 'modifying' }],
    ['under-way', { ...before, pendingChanges: ['DBInstanceClass'] }],
    ['under-way', { ...after, status: 'rebooting' }],
    ['not-asked', { ...after, storageGibibytes: 100 }],
    ['applied', after],
    ['applied', { ...after, storageGibibytes: 150, status: 'storage-optimization' }],
  ])('%s: %j', (progress, instance) => {
    expect(progressOf(proposal, instance)).toBe(progress);
  });
});
