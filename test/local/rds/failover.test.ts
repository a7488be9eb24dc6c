import { RebootDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform', { attributes: { MultiAZ: true } }));
  await rig.rds.createInstance(platformInstance('single'));
});
afterAll(() => rig.close());

const failOver = (identifier: string) =>
  rig.sdk.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier, ForceFailover: true }));

test('the standby of a Multi-AZ instance takes over with every acknowledged commit, also from a server that is down', async () => {
  const before = await rig.describe('platform');
  await rig.sql('platform', `INSERT INTO trades VALUES (1001, 'acknowledged')`);
  await rig.rds.stopDatabase('platform');
  const { DBInstance: answered } = await failOver('platform');
  expect(answered?.DBInstanceStatus).toBe('rebooting');
  const after = await rig.untilStatus('platform', 'available');
  expect(after).toMatchObject({
    DbiResourceId: before.DbiResourceId,
    AvailabilityZone: before.SecondaryAvailabilityZone,
    SecondaryAvailabilityZone: before.AvailabilityZone,
  });
  expect(await rig.sql('platform', `SELECT id FROM trades WHERE note = 'acknowledged'`)).toEqual([
    { id: '1001' },
  ]);
  expect(rig.messagesOf('platform')).toEqual(
    expect.arrayContaining(['Multi-AZ instance failover started.', 'Multi-AZ instance failover completed']),
  );
});

test('an instance that is not Multi-AZ has nothing to fail over to', async () => {
  await expect(failOver('single')).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
});
