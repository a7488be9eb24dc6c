import { RebootDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeBaseBackup } from '../../../infra/local/rds/base-backup.ts';
import { NothingToCorrupt } from '../../../infra/local/rds/page-corruption.ts';
import { serverAccount } from '../../../infra/local/rds/server-account.ts';
import { platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform'));
  await rig.sql('platform', 'CREATE TABLE ledger AS SELECT n AS id FROM generate_series(1, 20000) n');
  await rig.sql('platform', 'CREATE INDEX ledger_id ON ledger (id)');
  await rig.sql('platform', 'ANALYZE ledger');
});
afterAll(() => rig.close());

const reading = (statement: string) => rig.sql('platform', statement);

describe('a database', () => {
  test('that crashed comes back with every acknowledged commit', async () => {
    await rig.sql('platform', `INSERT INTO trades VALUES (5000, 'acknowledged')`);
    await rig.rds.crash('platform');
    expect(await reading('SELECT note FROM trades WHERE id = 5000')).toEqual([{ note: 'acknowledged' }]);
    expect(rig.messagesOf('platform').at(-1)).toBe('DB instance restarted');
  });

  test('that was stopped stays down until it is rebooted', async () => {
    await rig.rds.stopDatabase('platform');
    await expect(reading('SELECT 1')).rejects.toMatchObject({ code: 'ENOENT' });
    await rig.sdk.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'platform' }));
    await rig.untilStatus('platform', 'available');
    expect(await reading('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a damaged page', () => {
  test('of an index is found by whoever uses the index, and not by counting', async () => {
    await rig.rds.corruptIndexPage('platform', 'ledger_id');
    expect(await reading('SELECT count(*)::int AS n FROM ledger')).toEqual([{ n: 20000 }]);
    await expect(
      reading('SET enable_seqscan = off; SELECT sum(id) FROM ledger WHERE id > 0'),
    ).rejects.toMatchObject({ code: 'XX001' });
  });

  test('of a table is found by reading the table, and by the next base backup', async () => {
    await rig.rds.corruptHeapPage('platform', 'ledger');
    await expect(reading('SELECT count(*) FROM ledger')).rejects.toMatchObject({ code: 'XX001' });
    const [instance] = rig.rds.instances();
    if (!instance) throw new Error('the instance is gone');
    await expect(
      takeBaseBackup(instance.cluster, `${instance.directory}/backups/second`, serverAccount()),
    ).rejects.toThrow(/checksum/);
  });

  test('needs a relation that has data', async () => {
    await rig.sql('platform', 'CREATE TABLE nothing (id int)');
    await expect(rig.rds.corruptHeapPage('platform', 'nothing')).rejects.toThrow(NothingToCorrupt);
  });
});
