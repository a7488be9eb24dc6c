import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RdsInstance } from '../../shared/database/rds.ts';
import { usedSettings } from '../../shared/database/rds-instance.ts';
import type { RestoreNeeds } from '../../shared/database/restorable-database.ts';
import {
  preflightChecks,
  preflightProblems,
  type RestoreFacts,
} from '../../shared/database/restore-preflight.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';

const granted: RestoreFacts['granted'] = {
  'subnet group': 'platform-database',
  'parameter group': 'platform',
  'option group': 'default:postgres-18',
  'cluster parameter group': undefined,
  'storage key': undefined,
  'monitoring role': undefined,
};
const source: RdsInstance = {
  DBInstanceStatus: 'available',
  BackupRetentionPeriod: 7,
  AllocatedStorage: 100,
  DBSubnetGroup: { DBSubnetGroupName: 'platform-database' },
  DBParameterGroups: [{ DBParameterGroupName: 'platform' }],
  OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-18' }],
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database', Status: 'active' }],
  IAMDatabaseAuthenticationEnabled: true,
};
/** The facts that a source brings with it. */
const factsOf = (instance: RdsInstance): Pick<RestoreFacts, 'source' | 'needs'> => ({
  source: seenInstance(instance),
  needs: { quotas: sound.needs.quotas, settings: usedSettings(instance) },
});
const quotas = (instancesUsed: number, storageUsed: number): RestoreNeeds['quotas'] => [
  { subject: 'instance-quota', needed: 1, unit: 'instance', told: { used: instancesUsed, max: 40 } },
  { subject: 'storage-quota', needed: 100, unit: 'GiB of storage', told: { used: storageUsed, max: 1000 } },
];
const sound: RestoreFacts = {
  restoreTime: '2026-01-31T03:05:07Z',
  source: seenInstance(source),
  needs: { quotas: quotas(39, 900), settings: usedSettings(source) },
  window: { earliest: '2026-01-24T00:00:00.000Z', latest: '2026-01-31T03:10:00.000Z' },
  target: { identifier: 'orders-restored-0a1b2c3d' },
  aside: { identifier: 'orders-replaced-0a1b2c3d' },
  groups: { database: 'sg-database', quarantine: 'sg-quarantine' },
  storageKey: null,
  granted,
};
const problems = (facts: Partial<RestoreFacts>) => preflightProblems(preflightChecks({ ...sound, ...facts }));
const ofSource = (changed: RdsInstance) => problems(factsOf({ ...source, ...changed }));
const withQuotas = (...told: RestoreNeeds['quotas']) => ({ needs: { ...sound.needs, quotas: told } });

describe('a restore may be started', () => {
  it('when everything that can be asked for holds, to the last instance and the last gibibyte', () => {
    expect(problems({})).toEqual([]);
  });

  it.each(['stopped', 'storage-full', 'failed', 'modifying', 'backing-up', 'incompatible-parameters'])(
    'from a source that is %s: its backups are readable, and the restore is the way out',
    (DBInstanceStatus) => {
      expect(ofSource({ DBInstanceStatus })).toEqual([]);
    },
  );

  it('from a source that an unfinished cut-over has put into quarantine', () => {
    expect(
      ofSource({ VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-quarantine', Status: 'active' }] }),
    ).toEqual([]);
  });

  it('at either end of the window', () => {
    expect(problems({ restoreTime: '2026-01-24T00:00:00Z' })).toEqual([]);
    expect(problems({ restoreTime: '2026-01-31T03:10:00Z' })).toEqual([]);
  });

  it.each<[string, Partial<RestoreFacts>, RegExp]>([
    ['not encrypted', {}, /^storage without a key$/],
    [
      'under a key that the permissions do not name',
      factsOf({ ...source, KmsKeyId: 'arn:key/a' }),
      /^arn:key\/a, not asked/,
    ],
    [
      'under a key that is in force',
      { storageKey: { usable: true, found: 'a key that is Enabled' } },
      /^a key that is Enabled$/,
    ],
  ])('from storage that is %s, and the check says which', (_what, facts, found) => {
    const checks = preflightChecks({ ...sound, ...facts });
    expect(checks.find(({ subject }) => subject === 'storage-key')).toMatchObject({
      passed: true,
      found: expect.stringMatching(found),
    });
  });

  it('where RDS tells no quota: RDS itself will refuse then', () => {
    expect(
      problems(withQuotas(...sound.needs.quotas.map((quota) => ({ ...quota, told: undefined })))),
    ).toEqual([]);
  });
});

describe('a restore may not be started', () => {
  it.each<[string, string[], RegExp]>([
    ['a source that is being created', ofSource({ DBInstanceStatus: 'creating' }), /source-state.*creating/],
    [
      'a source whose key is gone',
      ofSource({ DBInstanceStatus: 'inaccessible-encryption-credentials-recoverable' }),
      /source-state.*inaccessible/,
    ],
    ['no retention', ofSource({ BackupRetentionPeriod: 0 }), /retention.*0 days/],
    ['no automated backup', problems({ window: undefined }), /window.*none/],
    [
      'an automated backup without an end',
      problems({ window: { earliest: '2026-01-24T00:00:00Z', latest: null } }),
      /window.*none/,
    ],
    ['a point before the window', problems({ restoreTime: '2026-01-23T23:59:59Z' }), /window/],
    ['a point after the window', problems({ restoreTime: '2026-01-31T03:10:01Z' }), /window/],
    ['a name of 64 characters', problems({ target: { identifier: 'a'.repeat(64) } }), /identifier/],
    ['a name with two hyphens', problems({ target: { identifier: 'orders--copy' } }), /identifier/],
    ['no name left', problems({ target: { problem: 'all are taken' } }), /identifier.*all are taken/],
    ['no instance left', problems(withQuotas(...quotas(40, 900))), /instance-quota.*40 of 40/],
    [
      'too little storage left',
      problems(withQuotas(...quotas(39, 901))),
      /storage-quota.*room for 100 GiB.*901 of 1000/,
    ],
    [
      'a key that is disabled',
      problems({ storageKey: { usable: false, found: 'Disabled' } }),
      /storage-key.*Disabled/,
    ],
    [
      'a parameter group that the permissions do not name',
      ofSource({ DBParameterGroups: [{ DBParameterGroupName: 'tuned' }] }),
      /settings.*parameter group platform.*found tuned/,
    ],
    [
      'a monitoring role that the permissions do not name',
      ofSource({ MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring' }),
      /settings.*monitoring role none.*role\/monitoring/,
    ],
    [
      'another storage key than the permissions name',
      problems({
        granted: { ...granted, 'storage key': 'arn:key/a' },
        ...factsOf({ ...source, KmsKeyId: 'arn:key/b' }),
      }),
      /settings.*storage key arn:key\/a.*arn:key\/b/,
    ],
    [
      'no name left for the source',
      problems({ aside: { problem: 'all are taken' } }),
      /aside-identifier.*taken/,
    ],
    ['no security group to carry over', ofSource({ VpcSecurityGroups: [] }), /settings.*no security groups/],
    [
      'other security groups than the one that lets the recovery in',
      ofSource({ VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-extra', Status: 'active' }] }),
      /settings.*sg-database.*found sg-extra/,
    ],
    [
      'IAM authentication switched off',
      ofSource({ IAMDatabaseAuthenticationEnabled: false }),
      /sign-in.*found off/,
    ],
  ])('with %s', (_rule, found, problem) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it('and every problem is named at once, whichever there are', () => {
    const spoilt: Record<string, Partial<RestoreFacts>> = {
      window: { window: undefined },
      identifier: { target: { problem: 'taken' } },
      'aside-identifier': { aside: { problem: 'taken' } },
      'storage-key': { storageKey: { usable: false, found: 'Disabled' } },
      'source-state': { source: { ...sound.source, status: 'creating' } },
      'instance-quota': withQuotas(...quotas(40, 900)),
    };
    fc.assert(
      fc.property(fc.subarray(Object.keys(spoilt)), (chosen) => {
        const found = problems(Object.assign({}, ...chosen.map((name) => spoilt[name])));
        expect(found.map((text) => text.split(':')[0]).sort()).toEqual([...chosen].sort());
      }),
      { seed: 20260131, numRuns: 200 },
    );
  });
});
