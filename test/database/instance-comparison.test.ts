import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSTANCE_RULES } from '../../shared/database/difference-rules.ts';
import { type ComparedField, comparePictures } from '../../shared/database/instance-comparison.ts';
import { fieldsOf } from '../../shared/database/instance-difference.ts';
import type { InstancePicture } from '../../shared/database/instance-pictures.ts';
import { recordedComparison } from '../../shared/database/recorded-comparison.ts';
import { requireExplained } from '../../shared/database/require-explained.ts';

const NAMES = {
  source: { identifier: 'orders', resourceId: 'db-SOURCE' },
  copy: { identifier: 'orders-restored-0a1b2c3d', resourceId: 'db-COPY' },
};

const picture = (
  { identifier, resourceId }: { identifier: string; resourceId: string },
  instance: Record<string, unknown> = {},
): InstancePicture => ({
  instance: {
    DBInstanceIdentifier: identifier,
    DbiResourceId: resourceId,
    DBInstanceArn: `arn:aws:rds:eu-central-1:111122223333:db:${identifier}`,
    Endpoint: { Address: `${identifier}.abc.eu-central-1.rds.amazonaws.com`, Port: '5432' },
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.m7g.large',
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
    DBParameterGroups: [{ DBParameterGroupName: 'orders', ParameterApplyStatus: 'in-sync' }],
    EnabledCloudwatchLogsExports: ['postgresql'],
    AssociatedRoles: [{ RoleArn: 'arn:aws:iam::1:role/export', FeatureName: 's3Export', Status: 'ACTIVE' }],
    ...instance,
  },
  parameters: {},
  tags: { platform: 'orders' },
  proxies: {},
  alarms: {},
});
const compare = (ofSource: object, ofCopy: object) =>
  comparePictures(
    picture(NAMES.source, { ...ofSource }),
    picture(NAMES.copy, { ...ofCopy }),
    NAMES,
    INSTANCE_RULES,
  );
const fieldsIn = (compared: readonly ComparedField[]) => compared.map(({ field }) => field);

describe('what a sound copy may differ in', () => {
  it('is its names and what follows from them', () => {
    const { explained, unexplained } = compare({}, {});
    expect(unexplained).toEqual([]);
    expect(fieldsIn(explained)).toEqual([
      'instance.DBInstanceArn',
      'instance.DBInstanceIdentifier',
      'instance.DbiResourceId',
      'instance.Endpoint.Address',
    ]);
    expect(explained.every(({ reason }) => (reason ?? '').length > 10)).toBe(true);
  });

  it.each<[field: string, source: unknown, copy: unknown]>([
    ['InstanceCreateTime', '2026-01-01T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['LatestRestorableTime', '2026-01-31T00:00:00Z', undefined],
    ['DBInstanceStatus', 'storage-full', 'available'],
    ['DBInstanceStatus', 'available', 'storage-optimization'],
    ['AvailabilityZone', 'eu-central-1a', 'eu-central-1b'],
    ['AllocatedStorage', '100', '200'],
    ['StorageOperationStatus', undefined, 'Initializing'],
    ['IsStorageConfigUpgradeAvailable', 'true', 'false'],
    ['CertificateDetails', { ValidTill: '2026-02-01T00:00:00Z' }, { ValidTill: '2027-01-31T00:00:00Z' }],
    [
      'EnhancedMonitoringResourceArn',
      'arn:aws:logs:x:log-stream:db-SOURCE',
      'arn:aws:logs:x:log-stream:db-COPY',
    ],
    ['EnhancedMonitoringResourceArn', 'arn:aws:logs:x:log-stream:db-SOURCE', undefined],
    ['PendingModifiedValues', { DBInstanceClass: 'db.m7g.xlarge' }, undefined],
    ['ReadReplicaDBInstanceIdentifiers', ['orders-replica'], []],
    ['MasterUserSecret', { SecretArn: 'arn:1' }, { SecretArn: 'arn:2' }],
    ['VpcSecurityGroups', [{ VpcSecurityGroupId: 'sg-1', Status: 'adding' }], undefined],
    [
      'DBParameterGroups',
      [{ DBParameterGroupName: 'orders', ParameterApplyStatus: 'pending-reboot' }],
      undefined,
    ],
  ])('is %s from %j to %j', (field, source, copy) => {
    const given = (value: unknown) => (value === undefined ? {} : { [field]: value });
    expect(compare(given(source), given(copy)).unexplained).toEqual([]);
  });

  it('is what a person must put right afterwards, and is told to', () => {
    const { explained } = compare({ ReadReplicaDBInstanceIdentifiers: ['orders-replica'] }, {});
    expect(explained.filter(({ afterwards }) => afterwards !== null)).toMatchObject(
      [
        {
          field: 'instance.DbiResourceId',
          source: 'db-SOURCE',
          copy: 'db-COPY',
          afterwards: /rds-db:connect.*import/,
        },
        { field: 'instance.ReadReplicaDBInstanceIdentifiers[orders-replica]', afterwards: /from the copy/ },
      ].map((wanted) => ({ ...wanted, afterwards: expect.stringMatching(wanted.afterwards) })),
    );
  });
});

describe('the names of a copy', () => {
  it.each(['db', 'rds', 'aws', 'a', 'eu-central-1'])(
    'are understood for a source that is called %s',
    (identifier) => {
      const names = {
        source: { ...NAMES.source, identifier },
        copy: { ...NAMES.copy, identifier: `${identifier}-restored-0a1b2c3d` },
      };
      expect(
        comparePictures(picture(names.source), picture(names.copy), names, INSTANCE_RULES).unexplained,
      ).toEqual([]);
    },
  );

  it.each([
    ['DBInstanceArn', 'arn:aws:rds:eu-west-1:111122223333:db:orders-restored-0a1b2c3d'],
    ['Endpoint', { Address: 'orders-restored-0a1b2c3d.other.eu-central-1.rds.amazonaws.com', Port: '5432' }],
  ])('explain nothing else that differs in %s', (field, value) => {
    expect(compare({}, { [field]: value }).unexplained).toHaveLength(1);
  });
});

describe('what blocks the cut-over', () => {
  it.each<[field: string, source: unknown, copy: unknown]>([
    ['DBInstanceIdentifier', 'orders', 'somebody-elses'],
    ['DbiResourceId', 'db-SOURCE', 'db-OTHER'],
    [
      'Endpoint',
      { Address: 'orders.abc', Port: '5432' },
      { Address: 'orders-restored-0a1b2c3d.abc', Port: '5433' },
    ],
    ['InstanceCreateTime', '2026-01-31T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['DBInstanceStatus', 'available', 'storage-full'],
    ['AvailabilityZone', 'eu-central-1a', undefined],
    ['AllocatedStorage', '200', '100'],
    ['IsStorageConfigUpgradeAvailable', 'false', 'true'],
    ['CertificateDetails', { CAIdentifier: 'rsa4096' }, { CAIdentifier: 'rsa2048' }],
    ['ReadReplicaDBInstanceIdentifiers', [], ['orders-replica']],
    ['MasterUserSecret', { SecretArn: 'arn:1' }, undefined],
    ['VpcSecurityGroups', [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }], []],
    ['VpcSecurityGroups', [], [{ VpcSecurityGroupId: 'sg-default', Status: 'active' }]],
    ['EnabledCloudwatchLogsExports', ['postgresql', 'upgrade'], ['postgresql']],
    ['EnabledCloudwatchLogsExports', ['postgresql'], ['postgresql', 'upgrade']],
    ['AssociatedRoles', [{ RoleArn: 'arn:r', FeatureName: 's3Import', Status: 'ACTIVE' }], []],
    ['DBInstanceClass', 'db.m7g.2xlarge', 'db.m7g.large'],
    ['EngineVersion', '18.4', '18.3'],
    ['DeletionProtection', 'true', 'false'],
    ['BackupRetentionPeriod', '35', '0'],
    ['DBSubnetGroup', { DBSubnetGroupName: 'private' }, { DBSubnetGroupName: 'default' }],
    ['FieldOfNextYear', 'on', 'off'],
    ['FieldOfNextYear', undefined, 'on'],
    ['FieldOfNextYear', [{ Rate: '5' }], [{ Rate: '7' }]],
  ])('is %s from %j to %j', (field, source, copy) => {
    const given = (value: unknown) => (value === undefined ? {} : { [field]: value });
    expect(compare(given(source), given(copy)).unexplained).not.toEqual([]);
  });

  it.each<[what: string, both: object]>([
    [
      'a parameter group that waits for a reboot',
      { DBParameterGroups: [{ DBParameterGroupName: 'orders', ParameterApplyStatus: 'pending-reboot' }] },
    ],
    [
      'a security group that is not in force',
      { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'adding' }] },
    ],
    ['a role that is not active', { AssociatedRoles: [{ RoleArn: 'arn:r', Status: 'PENDING' }] }],
    ['a value that is pending', { PendingModifiedValues: { MultiAZ: 'true' } }],
  ])('is %s on the copy, even when the source is no better', (_what, both) => {
    expect(compare(both, both).unexplained).toHaveLength(1);
  });

  it('is every field that no rule speaks of, whatever it is called, when it is not the same', () => {
    const word = fc.stringMatching(/^[A-Z][A-Za-z]{3,12}$/);
    fc.assert(
      fc.property(word, fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, one, other) => {
        const field = `Unheard${name}`;
        const { unexplained } = compare({ [field]: one }, { [field]: other });
        expect(fieldsIn(unexplained)).toEqual(one === other ? [] : [`instance.${field}`]);
      }),
      { seed: 20261122 },
    );
  });

  it('is a lost tag, another value of a parameter, and a proxy that leads to the source', () => {
    const source: InstancePicture = {
      ...picture(NAMES.source),
      tags: { platform: 'orders', 'aws:cloudformation:stack-id': 'x' },
      parameters: { work_mem: '8192' },
      proxies: { 'orders-proxy': 'READ_WRITE' },
    };
    const copy: InstancePicture = {
      ...picture(NAMES.copy),
      tags: { 'testudo:role': 'restored' },
      parameters: { work_mem: '4096' },
    };
    const { unexplained, explained } = comparePictures(source, copy, NAMES, INSTANCE_RULES);
    expect(fieldsIn(unexplained)).toEqual(['parameters.work_mem', 'proxies.orders-proxy', 'tags.platform']);
    expect(fieldsIn(explained)).toEqual(
      expect.arrayContaining(['tags["aws:cloudformation:stack-id"]', 'tags["testudo:role"]']),
    );
  });

  it('is an alarm that watches the source by its resource id: it would not follow the name', () => {
    const source = {
      ...picture(NAMES.source),
      alarms: { processor: 'name in Database', load: 'resource id in DbiResourceId' },
    };
    const copy = { ...picture(NAMES.copy), alarms: { automatic: 'name in DBInstanceIdentifier' } };
    const { unexplained, explained } = comparePictures(source, copy, NAMES, INSTANCE_RULES);
    expect(fieldsIn(unexplained)).toEqual(['alarms.load']);
    expect(explained.filter(({ field }) => field.startsWith('alarms'))).toMatchObject([
      { field: 'alarms.automatic', afterwards: expect.stringContaining('Remove the alarm') },
      { field: 'alarms.processor', afterwards: null },
    ]);
  });
});

describe('what the timeline keeps of a comparison', () => {
  const where = { sourceIdentifier: 'orders', copyIdentifier: 'copy', key: 'reports/difference.json' };
  const many = Object.fromEntries(
    Array.from({ length: 150 }, (_, index) => [`P${100 + index}`, 'x'.repeat(500)]),
  );

  it('is a bounded part, with the number of what is left out, and never without what blocks', () => {
    const recorded = recordedComparison(compare(many, {}), where);
    expect(recorded.unexplained).toHaveLength(100);
    expect(recorded.omitted).toBe(50);
    expect(String(recorded.unexplained[0]?.source)).toHaveLength(201);
    expect(recorded.comparedFields).toBe(150 + fieldsOf(picture(NAMES.source)).size);
  });

  it('refuses with the name and both values of each field, and says where the rest is', () => {
    expect(() => requireExplained(recordedComparison(compare({ Iops: '3000' }, {}), where))).toThrow(
      'copy: instance.Iops: source 3000, copy has none',
    );
    expect(() => requireExplained(recordedComparison(compare(many, {}), where))).toThrow(
      'and more, all of them in reports/difference.json',
    );
  });
});
