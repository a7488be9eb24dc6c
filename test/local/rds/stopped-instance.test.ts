import {
  InvalidDBInstanceStateFault,
  ModifyDBInstanceCommand,
  StartDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MASTER, platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform'));
});
afterAll(() => rig.close());

const start = () => rig.sdk.send(new StartDBInstanceCommand({ DBInstanceIdentifier: 'platform' }));

test('an instance that runs cannot be started', async () => {
  await expect(start()).rejects.toThrow(InvalidDBInstanceStateFault);
});

test('a stopped instance keeps its endpoint, takes no change, and serves again when it is started', async () => {
  const { Endpoint: endpoint } = await rig.describe('platform');
  await rig.rds.stopInstance('platform');
  expect(await rig.describe('platform')).toMatchObject({ DBInstanceStatus: 'stopped', Endpoint: endpoint });
  await expect(rig.connect('platform', MASTER)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(
    rig.sdk.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'platform', DeletionProtection: true })),
  ).rejects.toThrow(InvalidDBInstanceStateFault);
  expect((await start()).DBInstance?.DBInstanceStatus).toBe('starting');
  await rig.untilStatus('platform', 'available');
  await (await rig.connect('platform', MASTER)).end();
  expect(rig.messagesOf('platform')).toEqual(
    expect.arrayContaining(['DB instance stopped', 'DB instance started']),
  );
});
