import { RestoreDBInstanceToPointInTimeCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { platformInstance, type RdsRig, startRig } from './rds-rig.ts';

describe('restore of an instance to a point in time', () => {
  let rig: RdsRig;
  beforeAll(async () => {
    rig = await startRig({ logUploadIntervalMillis: 200 });
    await rig.rds.createInstance(platformInstance('platform'));
  });
  afterAll(() => rig.close());

  test('the copy has exactly the rows that were committed up to the moment', async () => {
    await rig.sql('platform', `INSERT INTO trades SELECT n, 'good' FROM generate_series(1001, 1100) n`);
    const [{ now } = { now: new Date() }] = await rig.sql<{ now: Date }>(
      'platform',
      'SELECT clock_timestamp() AS now',
    );
    const restoreTime = new Date(now.getTime() + 1);
    await rig.sql('platform', 'SELECT pg_sleep(0.005)');
    await rig.sql('platform', 'DELETE FROM trades WHERE id % 3 = 0');
    await rig.sql('platform', 'SELECT 1');
    for (;;) {
      const { LatestRestorableTime: latest } = await rig.describe('platform');
      if (latest && latest >= restoreTime) break;
    }
    await rig.sdk.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: 'platform',
        TargetDBInstanceIdentifier: 'copy',
        RestoreTime: restoreTime,
      }),
    );
    const copy = await rig.untilStatus('copy', 'available', 'failed', 'incompatible-restore');
    expect(copy.DBInstanceStatus).toBe('available');
    expect(await rig.sql('copy', 'SELECT count(*)::int AS n, max(id)::int AS last FROM trades')).toEqual([
      { n: 1100, last: 1100 },
    ]);
    expect(await rig.sql('platform', 'SELECT count(*)::int AS n FROM trades')).toEqual([{ n: 734 }]);
  });
});
