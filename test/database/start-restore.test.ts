import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as describeDatabase } from '../../functions/assessment/describe-database.ts';
import { handler as configureRestoredDatabase } from '../../functions/database/configure-restored-database.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import { TERMINAL_STATUSES } from '../../infra/local/rds/instance.ts';
import type { CopyConfiguration } from '../../shared/database/copy-configuration.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { isReady } from '../../shared/database/readiness.ts';
import { platformInstance, until } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

const INCIDENT = 'INC-20260131-0a1b2c3d';
const COPY = 'orders-restored-0a1b2c3d';
const self = { incidentId: INCIDENT, executionId: 'execution-1' };

let rig: RestoreRig;
let restoreTime: string;
beforeAll(async () => {
  rig = await startRestoreRig();
  await rig.rds.createInstance(
    platformInstance('orders', {
      securityGroupIds: ['sg-database', 'sg-extra'],
      backupRetentionDays: 14,
      parameterGroup: { name: 'orders', description: 'of the platform', parameters: { work_mem: '7MB' } },
      tags: { owner: 'trading', 'testudo:incident': 'INC-20250101-00000000' },
      attributes: {
        AllocatedStorage: 400,
        Iops: 12_000,
        StorageThroughput: 500,
        DeletionProtection: true,
        MultiAZ: true,
        CopyTagsToSnapshot: true,
        AutoMinorVersionUpgrade: false,
        EnabledCloudwatchLogsExports: ['postgresql'],
        CACertificateIdentifier: 'rds-ca-ecc384-g1',
        MaxAllocatedStorage: 1000,
        MonitoringInterval: 15,
        MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring',
        PerformanceInsightsEnabled: true,
        PerformanceInsightsRetentionPeriod: 31,
        PreferredMaintenanceWindow: 'sat:03:00-sat:03:30',
      },
    }),
  );
  const moment = await rig.moment('orders');
  restoreTime = `${new Date(moment.getTime() + 1000).toISOString().slice(0, 19)}Z`;
  await rig.untilRestorable('orders', new Date(restoreTime));
});
afterAll(() => rig.close());

const start = (overrides: object = {}) =>
  rig.run(startRestore, { ...self, sourceIdentifier: 'orders', restoreTime, ...overrides });

const NOT_BEGUN: CopyConfiguration = { pass: 0, move: 'none', asked: [], changed: [], restarts: 0 };

/** Makes pass after pass, as the state machine does; gives the moves that were made and what came of it. */
async function configure(identifier = COPY, incident: object = {}) {
  const moves: CopyConfiguration['move'][] = [];
  let previous = NOT_BEGUN;
  do {
    const input = { ...self, ...incident, sourceIdentifier: 'orders', identifier, previous };
    previous = await rig.run(configureRestoredDatabase, input);
    moves.push(previous.move);
    await rig.untilStatus(identifier, 'available');
  } while (previous.move !== 'none');
  return { moves, ...previous };
}

describe('the description of the database', () => {
  it('names where it is, its resource id and both ends of what can be restored', async () => {
    const { instance } = await rig.run(describeDatabase, self);
    const { DbiResourceId } = await rig.describe('orders');
    expect(instance).toMatchObject({ identifier: 'orders', resourceId: DbiResourceId, status: 'available' });
    const { earliestRestorableTime: earliest, latestRestorableTime: latest } = instance;
    expect(Date.parse(earliest ?? '')).toBeLessThan(Date.parse(latest ?? ''));
    expect(await rig.timeline(INCIDENT)).toMatchObject([{ type: 'database.described' }]);
  });
});

describe('a restore', () => {
  it('is started beside the source, and once however often it is asked for', async () => {
    expect(await start()).toEqual({ identifier: COPY, restoreTime, started: true });
    expect(await start()).toEqual({ identifier: COPY, restoreTime, started: false });
    expect(rig.rds.instances().map(({ identifier }) => identifier)).toEqual(['orders', COPY]);
  });

  it('is ready when it is available under its name with an endpoint, and not before', async () => {
    const awaited = { identifier: COPY, resourceId: null };
    expect(isReady(awaited, await rdsInstances.find(COPY))).toBe(false);
    const ready = await until('the copy is ready', async () => {
      const found = await rdsInstances.find(COPY);
      return isReady(awaited, found) ? found : undefined;
    });
    expect(ready).toMatchObject({ status: 'available', identifier: COPY });
    const { DbiResourceId } = await rig.describe('orders');
    expect(isReady({ identifier: COPY, resourceId: DbiResourceId ?? '' }, ready)).toBe(false);
  });

  it('ends up with every setting of its source', async () => {
    const { moves, changed } = await configure();
    expect(moves).toEqual(['modify', 'none']);
    expect(changed).toEqual([
      'EnablePerformanceInsights',
      'MonitoringInterval',
      'MonitoringRoleArn',
      'PerformanceInsightsRetentionPeriod',
      'PreferredMaintenanceWindow',
    ]);
    const copy = await rig.untilStatus(COPY, 'available');
    const source = await rig.describe('orders');
    const own = [
      'DBInstanceIdentifier',
      'DBInstanceArn',
      'DbiResourceId',
      'Endpoint',
      'InstanceCreateTime',
      'LatestRestorableTime',
      'AvailabilityZone',
      'SecondaryAvailabilityZone',
      'CertificateDetails',
      'TagList',
    ];
    const settings = (instance: object) =>
      Object.fromEntries(Object.entries(instance).filter(([name]) => !own.includes(name)));
    // Each instance has a certificate of its own: the authority is a setting, the end of its validity is not.
    expect(copy.CertificateDetails?.CAIdentifier).toBe(source.CertificateDetails?.CAIdentifier);
    expect(settings(copy)).toEqual(settings(source));
    expect(Object.fromEntries((copy.TagList ?? []).map(({ Key, Value }) => [Key, Value]))).toEqual({
      owner: 'trading',
      'testudo:incident': INCIDENT,
      'testudo:role': 'restored',
      'testudo:source': source.DbiResourceId,
      'testudo:restore-time': restoreTime,
    });
  });

  it('is configured once: the second time nothing is missing', async () => {
    expect(await configure()).toMatchObject({ moves: ['none'], changed: [], restarts: 0 });
  });

  it('is restarted when its parameter group waits for that, and each move is on the timeline', async () => {
    const incidentId = 'INC-20260131-00000009';
    rig.rds.nextRestore.befall('pending-reboot');
    const { identifier } = await start({ incidentId });
    await rig.untilStatus(identifier, 'available');
    expect((await rig.sql<{ work_mem: string }>(identifier, 'SHOW work_mem'))[0]?.work_mem).not.toBe('7MB');
    expect(await configure(identifier, { incidentId })).toMatchObject({
      moves: ['modify', 'restart', 'none'],
      restarts: 1,
    });
    expect((await rig.sql<{ work_mem: string }>(identifier, 'SHOW work_mem'))[0]?.work_mem).toBe('7MB');
    const { DBParameterGroups } = await rig.describe(identifier);
    expect(DBParameterGroups).toEqual([{ DBParameterGroupName: 'orders', ParameterApplyStatus: 'in-sync' }]);
    const told = await rig.timeline(incidentId);
    expect(told.map(({ type, detail }) => [type, detail.move ?? detail.restarts])).toEqual([
      ['restore.started', undefined],
      ['restore.copy-adjusted', 'modify'],
      ['restore.copy-adjusted', 'restart'],
      ['restore.configured', 1],
    ]);
  });

  it.each(TERMINAL_STATUSES.map((status, index) => [status, index] as const))(
    'that ends in %s is given up by name, and its name is not used again',
    async (status, index) => {
      const incidentId = `INC-20260131-1000000${index}`;
      rig.rds.nextRestore.befall(status);
      const { identifier } = await start({ incidentId });
      await rig.untilStatus(identifier, status);
      const found = await rdsInstances.find(identifier);
      expect(() => isReady({ identifier, resourceId: null }, found)).toThrow(`status ${status}`);
      rig.rds.nextRestore.befall(status);
      expect(await start({ incidentId })).toMatchObject({ identifier: `${identifier}-2`, started: true });
    },
  );

  it.each([
    ['KMSKeyNotAccessibleFault', 'RestoreRefused'],
    ['InsufficientDBInstanceCapacity', 'RestoreCapacityMissing'],
  ] as const)(
    'that RDS refuses with %s is refused by the name %s, and nothing is made',
    async (code, name) => {
      const before = rig.rds.instances().length;
      rig.rds.nextRestore.refuse(code);
      await expect(start({ incidentId: 'INC-20260131-00000005' })).rejects.toMatchObject({ name });
      expect(rig.rds.instances()).toHaveLength(before);
    },
  );

  it('to another moment gets another copy and leaves the first alone', async () => {
    const before = await rig.describe(COPY);
    const later = `${new Date(Date.parse(restoreTime) + 1000).toISOString().slice(0, 19)}Z`;
    await rig.untilRestorable('orders', new Date(later));
    expect(await start({ restoreTime: later })).toMatchObject({ identifier: `${COPY}-2`, started: true });
    expect(await rig.describe(COPY)).toMatchObject({ DbiResourceId: before.DbiResourceId });
    await rig.untilStatus(`${COPY}-2`, 'available');
  });

  it('to a moment whose logs are not there is refused by name', async () => {
    const tomorrow = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 19)}Z`;
    await expect(start({ incidentId: 'INC-20260131-00000001', restoreTime: tomorrow })).rejects.toMatchObject(
      {
        name: 'RestorePointNotRestorable',
      },
    );
  });

  it('never takes a name that belongs to somebody else', async () => {
    await rig.rds.createInstance(platformInstance('orders-restored-00000002', { backupRetentionDays: 0 }));
    await expect(start({ incidentId: 'INC-20260131-00000002' })).rejects.toMatchObject({
      name: 'RestoreTargetTaken',
    });
  });

  it('is not started by a recovery that another one has replaced', async () => {
    await expect(start({ executionId: 'execution-2' })).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
  });
});
