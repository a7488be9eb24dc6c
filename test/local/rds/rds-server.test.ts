import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RestoreDBInstanceToPointInTimeCommand } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { makeRunDirectory } from '../../../infra/local/rds/run-directory.ts';
import { platformInstance, startRig } from './rds-rig.ts';

test('closing during a restore leaves no server and no files behind', async () => {
  const rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform'));
  await rig.sdk.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: 'platform',
      TargetDBInstanceIdentifier: 'unfinished',
      UseLatestRestorableTime: true,
    }),
  );
  const instances = [...rig.rds.instances()];
  expect(instances).toHaveLength(2);
  await rig.close();
  expect(instances.map(({ cluster }) => cluster.running)).toEqual([false, false]);
  expect(instances.map(({ directory }) => existsSync(directory))).toEqual([false, false]);
});

test('what a run left behind that was killed is removed by the next one, and nothing else', async () => {
  const rig = await startRig();
  const parent = rig.stateDirectory;
  // No process has this number: it is beyond what the kernel hands out.
  for (const [name, owner] of Object.entries({
    'rds-dead': '99999999',
    'rds-alive': String(process.ppid),
    mine: '',
  })) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, owner ? 'owner.pid' : 'notes'), owner);
  }
  makeRunDirectory(parent, undefined);
  expect(readdirSync(parent)).toEqual(expect.arrayContaining(['rds-alive', 'mine']));
  expect(readdirSync(parent)).not.toContain('rds-dead');
  await rig.close();
});
