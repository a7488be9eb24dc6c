import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadLogs } from '../../../infra/local/rds/log-upload.ts';
import { giveTo, serverAccount } from '../../../infra/local/rds/server-account.ts';
import { platformInstance, type RdsRig, startRig, until } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform', { backupRetentionDays: 0 }));
});
afterAll(() => rig.close());

const setRetention = (days: number) =>
  rig.sdk.send(
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'platform', BackupRetentionPeriod: days }),
  );

test('an instance without retention has no restorable time, and gets its first backup with it', async () => {
  expect((await rig.describe('platform')).LatestRestorableTime).toBeUndefined();
  await setRetention(7);
  const { LatestRestorableTime: latest } = await rig.untilStatus('platform', 'available');
  expect(latest?.getTime()).toBeLessThanOrEqual(Date.now());
  expect(rig.messagesOf('platform').slice(-2)).toEqual([
    'Backing up DB instance',
    'Finished DB Instance backup',
  ]);
});

test('a different segment in the archive is not replaced, and restorable time stands still', async () => {
  const [instance] = rig.rds.instances();
  if (!instance) throw new Error('the instance is gone');
  const { LatestRestorableTime: before } = await rig.describe('platform');
  await rig.sql('platform', 'SELECT pg_switch_wal()');
  await rig.sql('platform', `INSERT INTO trades VALUES (7000, 'in the way')`);
  const [next] = await rig.sql<{ segment: string }>(
    'platform',
    'SELECT pg_walfile_name(pg_current_wal_lsn()) AS segment',
  );
  const foreign = join(instance.archive.directory, next?.segment ?? '');
  writeFileSync(foreign, 'of another cluster');
  giveTo(serverAccount(), foreign);

  await expect(uploadLogs(instance.cluster, instance.archive)).rejects.toThrow(
    `WAL segment ${next?.segment} could not be archived`,
  );

  expect(readFileSync(foreign, 'utf8')).toBe('of another cluster');
  expect((await rig.describe('platform')).LatestRestorableTime).toEqual(before);
  rmSync(foreign);
});

test('without retention the backups are gone', async () => {
  await setRetention(0);
  expect((await rig.untilStatus('platform', 'available')).LatestRestorableTime).toBeUndefined();
  await until('no backup is left', () => (rig.rds.instances()[0]?.backups.length === 0 ? true : undefined));
});

test('restorable time moves on by itself, though nothing is written', async () => {
  const own = await startRig({ logUploadIntervalMillis: 100 });
  await own.rds.createInstance(platformInstance('platform'));
  const { LatestRestorableTime: before } = await own.describe('platform');
  await until('restorable time has moved on', async () => {
    const { LatestRestorableTime: now } = await own.describe('platform');
    return now && before && now > before ? true : undefined;
  });
  await own.close();
});
