import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findInstance,
  findInstanceByResourceId,
  getInstance,
  modifyInstance,
  recentLogLines,
  startRestore,
} from '../../shared/database/rds.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { platformInstance } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

let rig: RestoreRig;
beforeAll(async () => {
  rig = await startRestoreRig();
  await rig.rds.createInstance(platformInstance('orders'));
  await rig.rds.createInstance(platformInstance('archive', { backupRetentionDays: 0 }));
});
afterAll(() => rig.close());

describe('an instance', () => {
  it('that does not exist is undefined, and an error where it must exist', async () => {
    expect(await findInstance('absent')).toBeUndefined();
    expect(await findInstanceByResourceId('db-ABSENT')).toBeUndefined();
    await expect(getInstance('absent')).rejects.toMatchObject({
      name: 'DatabaseInstanceNotFound',
      message: expect.stringContaining('absent'),
    });
  });

  it('is found by its resource id among others', async () => {
    const { DbiResourceId = '' } = await rig.describe('archive');
    expect(await findInstanceByResourceId(DbiResourceId)).toMatchObject({ DBInstanceIdentifier: 'archive' });
  });

  it('without backups has no restorable time', async () => {
    const archive = await requireDatabase(rdsInstances, 'archive');
    expect(archive).toMatchObject({ backupRetentionDays: 0, latestRestorableTime: null });
    expect(await rdsInstances.restoreWindow(archive)).toBeUndefined();
  });

  it('gives the last lines of its log, oldest first', async () => {
    for (const mark of ['first', 'second'])
      await rig.sql('orders', `DO $$ BEGIN RAISE LOG 'mark ${mark}'; END $$`);
    const lines = await recentLogLines('orders', 200);
    const marks = lines.flatMap((line) => /LOG: {2}mark (\w+)/.exec(line)?.[1] ?? []);
    expect(marks).toEqual(['first', 'second']);
    const [last] = await recentLogLines('orders', 1);
    expect(lines).toContain(last);
    expect(await recentLogLines('orders', 3)).toHaveLength(3);
  });
});

describe('a change', () => {
  it('that RDS cannot take now is busy, and worth another try', async () => {
    // Asked for at once: the laptop's RDS is done with a change before a busy machine asks for the next.
    const protections = [true, false];
    const answers = await Promise.allSettled(
      protections.map((DeletionProtection) =>
        modifyInstance({ DBInstanceIdentifier: 'orders', DeletionProtection }),
      ),
    );
    const refused = answers.findIndex(({ status }) => status === 'rejected');
    expect(answers[refused]).toMatchObject({
      reason: { name: 'DatabaseInstanceBusy', message: expect.stringContaining('orders') },
    });
    expect(answers[1 - refused]).toMatchObject({ status: 'fulfilled' });
    await rig.untilStatus('orders', 'available');
    expect(await findInstance('orders')).toMatchObject({ DeletionProtection: protections[1 - refused] });
  });

  it('to a name that is taken is busy: its holder may be on the way out', async () => {
    await expect(
      modifyInstance({ DBInstanceIdentifier: 'orders', NewDBInstanceIdentifier: 'archive' }),
    ).rejects.toMatchObject({ name: 'DatabaseInstanceBusy' });
  });
});

describe('a restore', () => {
  it('of an instance without backups is refused by name', async () => {
    const request = {
      SourceDBInstanceIdentifier: 'archive',
      TargetDBInstanceIdentifier: 'copy',
      RestoreTime: new Date(),
    };
    await expect(startRestore(request)).rejects.toMatchObject({ name: 'RestorePointNotRestorable' });
  });

  it('into a name that was taken meanwhile is to be looked at again', async () => {
    const { LatestRestorableTime } = await rig.describe('orders');
    const request = {
      SourceDBInstanceIdentifier: 'orders',
      TargetDBInstanceIdentifier: 'archive',
      RestoreTime: LatestRestorableTime,
    };
    await expect(startRestore(request)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });
});
