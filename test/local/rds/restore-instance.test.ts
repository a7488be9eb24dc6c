import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DBInstanceAlreadyExistsFault,
  DBInstanceNotFoundFault,
  DBParameterGroupNotFoundFault,
  DBSubnetGroupNotFoundFault,
  DescribeDBInstanceAutomatedBackupsCommand,
  PointInTimeRestoreNotEnabledFault,
  RestoreDBInstanceToPointInTimeCommand,
  type RestoreDBInstanceToPointInTimeCommandInput,
  StorageQuotaExceededFault,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(
    platformInstance('platform', {
      tags: { owner: 'trading' },
      attributes: { DeletionProtection: true, MultiAZ: true, EnabledCloudwatchLogsExports: ['postgresql'] },
      parameterGroup: {
        name: 'platform-postgres18',
        description: 'of the platform',
        parameters: { max_connections: '120' },
      },
    }),
  );
});
afterAll(() => rig.close());

const restore = (input: Partial<RestoreDBInstanceToPointInTimeCommandInput>) =>
  rig.sdk.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: 'platform',
      TargetDBInstanceIdentifier: 'never',
      ...input,
    }),
  );

/** SHA-256 and number of links of every file below a directory. */
function inventory(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
      return [path, `${sha256} ${statSync(path).nlink}`];
    }),
  );
}

describe('a restored copy', () => {
  test('has exactly the rows that were committed up to the moment, and leaves backup and archive as they were', async () => {
    await rig.sql('platform', `INSERT INTO trades SELECT n, 'good' FROM generate_series(1001, 1100) n`);
    const moment = await rig.moment('platform');
    await rig.sql('platform', 'DELETE FROM trades WHERE id % 3 = 0');
    await rig.makeRestorable('platform', moment);
    const [source] = rig.rds.instances();
    const before = new Map([
      ...inventory(source?.archive.directory ?? ''),
      ...inventory(join(source?.directory ?? '', 'backups')),
    ]);

    const copy = await rig.restore('platform', 'copy', moment);

    expect(rig.messagesOf('copy')).toContain(`Restored from DB instance platform to ${moment.toISOString()}`);
    expect(copy.DBInstanceStatus).toBe('available');
    const counts = 'SELECT count(*)::int AS rows, max(id)::int AS last FROM trades';
    expect(await rig.sql('copy', counts)).toEqual([{ rows: 1100, last: 1100 }]);
    expect(await rig.sql('platform', counts)).toEqual([{ rows: 734, last: 1100 }]);
    const after = new Map([
      ...inventory(source?.archive.directory ?? ''),
      ...inventory(join(source?.directory ?? '', 'backups')),
    ]);
    for (const [path, state] of before) expect(`${path} ${after.get(path)}`).toBe(`${path} ${state}`);
    expect([...after.values()].every((state) => state.endsWith(' 1'))).toBe(true);
  });

  test('gets defaults and not the settings of its source where the request is silent', async () => {
    const copy = await rig.describe('copy');
    expect(copy).toMatchObject({
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-default' }],
      DBSubnetGroup: { DBSubnetGroupName: 'default' },
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres18', ParameterApplyStatus: 'in-sync' }],
      DeletionProtection: false,
      MultiAZ: false,
      IAMDatabaseAuthenticationEnabled: false,
      TagList: [],
      MasterUsername: 'platform_admin',
      AllocatedStorage: 100,
    });
    expect(copy.EnabledCloudwatchLogsExports ?? []).toEqual([]);
    expect(copy.DbiResourceId).not.toBe((await rig.describe('platform')).DbiResourceId);
    expect(await rig.sql('copy', 'SHOW max_connections')).toEqual([{ max_connections: '100' }]);
  });

  test('can be restored itself, from its own backup and archive', async () => {
    await rig.sql('copy', `INSERT INTO trades VALUES (2000, 'on the copy')`);
    const moment = await rig.moment('copy');
    await rig.sql('copy', 'TRUNCATE trades');
    await rig.makeRestorable('copy', moment);
    await rig.restore('copy', 'copy-of-copy', moment);
    expect(await rig.sql('copy-of-copy', 'SELECT count(*)::int AS rows FROM trades')).toEqual([
      { rows: 1101 },
    ]);
  });

  test('takes settings that are passed', async () => {
    await restore({
      TargetDBInstanceIdentifier: 'twin',
      UseLatestRestorableTime: true,
      VpcSecurityGroupIds: ['sg-database'],
      DBSubnetGroupName: 'platform-database',
      DBParameterGroupName: 'platform-postgres18',
      DeletionProtection: true,
      EnableIAMDatabaseAuthentication: true,
      EnableCloudwatchLogsExports: ['postgresql'],
      BackupRetentionPeriod: 0,
      Tags: [{ Key: 'incident', Value: 'inc-1' }],
    });
    const twin = await rig.untilStatus('twin', 'available', 'incompatible-restore');
    expect(twin).toMatchObject({
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database' }],
      DBSubnetGroup: { DBSubnetGroupName: 'platform-database' },
      DBParameterGroups: [{ DBParameterGroupName: 'platform-postgres18', ParameterApplyStatus: 'in-sync' }],
      DeletionProtection: true,
      IAMDatabaseAuthenticationEnabled: true,
      EnabledCloudwatchLogsExports: ['postgresql'],
      BackupRetentionPeriod: 0,
      TagList: [{ Key: 'incident', Value: 'inc-1' }],
    });
    expect(twin.LatestRestorableTime).toBeUndefined();
    expect(await rig.sql('twin', 'SHOW max_connections')).toEqual([{ max_connections: '120' }]);
    await expect(
      restore({ SourceDBInstanceIdentifier: 'twin', UseLatestRestorableTime: true }),
    ).rejects.toThrow(PointInTimeRestoreNotEnabledFault);
  });
});

describe('the restorable window', () => {
  test('ends where the archive certainly covers every commit, even when the last commit is older', async () => {
    await rig.makeRestorable('platform', await rig.moment('platform'));
    const { LatestRestorableTime: latest } = await rig.describe('platform');
    const copy = await rig.restore('platform', 'idle', latest ?? new Date());
    expect(copy.DBInstanceStatus).toBe('available');
  });

  test('is told by the automated backup', async () => {
    const { DBInstanceAutomatedBackups: backups } = await rig.sdk.send(
      new DescribeDBInstanceAutomatedBackupsCommand({ DBInstanceIdentifier: 'platform' }),
    );
    const { EarliestTime: earliest, LatestTime: latest } = backups?.[0]?.RestoreWindow ?? {};
    expect(earliest?.getTime()).toBeLessThan(latest?.getTime() ?? 0);
    await expect(restore({ RestoreTime: new Date((earliest?.getTime() ?? 0) - 1) })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('cannot be restored to a time earlier than'),
    });
  });

  test('does not reach into the future', async () => {
    await expect(restore({ RestoreTime: new Date(Date.now() + 60_000) })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('cannot be restored to a time later than'),
    });
  });
});

describe('a request is refused, and nothing is made, when', () => {
  test.each<
    [string, Partial<RestoreDBInstanceToPointInTimeCommandInput>, string | (new (...args: never[]) => Error)]
  >([
    ['the target exists', { TargetDBInstanceIdentifier: 'COPY' }, DBInstanceAlreadyExistsFault],
    ['the source does not exist', { SourceDBInstanceIdentifier: 'nothing' }, DBInstanceNotFoundFault],
    ['the subnet group does not exist', { DBSubnetGroupName: 'nothing' }, DBSubnetGroupNotFoundFault],
    [
      'the parameter group does not exist',
      { DBParameterGroupName: 'nothing' },
      DBParameterGroupNotFoundFault,
    ],
    ['a security group does not exist', { VpcSecurityGroupIds: ['sg-nothing'] }, 'InvalidParameterValue'],
    [
      'the security group is of another VPC',
      { VpcSecurityGroupIds: ['sg-database'] },
      'InvalidParameterCombination',
    ],
    ['the identifier is not valid', { TargetDBInstanceIdentifier: '-x' }, 'InvalidParameterValue'],
    [
      'a zone is named for Multi-AZ',
      { MultiAZ: true, AvailabilityZone: 'eu-central-1a' },
      'InvalidParameterCombination',
    ],
    ['the storage would shrink', { AllocatedStorage: 50 }, 'InvalidParameterValue'],
    ['small gp3 storage is given IOPS', { Iops: 3000 }, 'InvalidParameterCombination'],
    ['the storage exceeds the quota', { AllocatedStorage: 200_000 }, StorageQuotaExceededFault],
    ['a field is unknown to the laptop', { Domain: 'corp' }, 'InvalidParameterValue'],
    ['two moments are named', { RestoreTime: new Date(0) }, 'InvalidParameterCombination'],
    ['no moment is named', { UseLatestRestorableTime: false }, 'InvalidParameterCombination'],
  ])('%s', async (_rule, input, refusal) => {
    const request = restore({ UseLatestRestorableTime: true, ...input });
    await (typeof refusal === 'string'
      ? expect(request).rejects.toMatchObject({ name: refusal })
      : expect(request).rejects.toThrow(refusal));
    expect(rig.rds.instances().some(({ identifier }) => identifier === 'never')).toBe(false);
  });
});

describe('a restore never becomes available when', () => {
  test('the base backup has changed', async () => {
    await rig.rds.createInstance(platformInstance('damaged', { prepare: () => Promise.resolve() }));
    const damaged = rig.rds.instances().find(({ identifier }) => identifier === 'damaged');
    const archive = join(damaged?.backups[0]?.directory ?? '', 'base.tar');
    const content = readFileSync(archive);
    const header = content.indexOf('pg_hba.conf\0');
    writeFileSync(archive, content.fill(0x55, header + 512, header + 600));
    const { LatestRestorableTime: latest } = await rig.describe('damaged');
    const copy = await rig.restore('damaged', 'from-damaged', latest ?? new Date());
    expect(copy.DBInstanceStatus).toBe('incompatible-restore');
    expect(copy.Endpoint).toBeUndefined();
    expect(rig.messagesOf('from-damaged').at(-1)).toMatch(
      /incompatible-restore: .* has changed since it was taken/,
    );
  });

  test.each<[string, (name: string) => string]>([
    ['is missing from the archive', (name) => rig.rds.removeWalSegment('platform', { name })],
    ['has changed since it was archived', (name) => rig.rds.corruptWalSegment('platform', { name })],
  ])('WAL that it needs %s', async (reason, damage) => {
    const source = rig.rds.instances().find(({ identifier }) => identifier === 'platform');
    // A moment that only the damaged segment reaches.
    const latest = new Date(source?.archive.coveredUntil ?? '');
    const name = source?.archive.segments.at(-1) ?? '';
    const path = join(source?.archive.directory ?? '', name);
    const intact = readFileSync(path);
    damage(name);
    const target = `without-${reason.split(' ')[1]}`;
    const copy = await rig.restore('platform', target, latest);
    writeFileSync(path, intact);
    expect(copy.DBInstanceStatus).toBe('incompatible-restore');
    expect(rig.messagesOf(target)).toEqual([
      `DB instance put into incompatible-restore: WAL segment ${name} ${reason}`,
    ]);
  });
});
