import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CopyConfiguration, planPass } from '../../shared/database/copy-configuration.ts';
import { nextInstanceMove as nextMove } from '../../shared/database/instance-configuration.ts';
import type { RdsInstance } from '../../shared/database/rds.ts';

const source: RdsInstance = {
  DBInstanceIdentifier: 'orders',
  DBInstanceStatus: 'available',
  DbiResourceId: 'db-SOURCE',
  Endpoint: { Address: 'orders.example.com', Port: 5432 },
  MonitoringInterval: 15,
  PreferredMaintenanceWindow: 'sat:03:00-sat:03:30',
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database', Status: 'active' }],
  DBParameterGroups: [{ DBParameterGroupName: 'orders', ParameterApplyStatus: 'in-sync' }],
  OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-18', Status: 'in-sync' }],
};
const like: RdsInstance = { ...source, DBInstanceIdentifier: 'orders-restored-1', DbiResourceId: 'db-COPY' };
const group = (ParameterApplyStatus: string): Partial<RdsInstance> => ({
  DBParameterGroups: [{ DBParameterGroupName: 'orders', ParameterApplyStatus }],
});
const BEGIN: CopyConfiguration = { pass: 0, move: 'none', asked: [], changed: [], restarts: 0 };

describe('the next move of a configuration', () => {
  it.each<[string, Partial<RdsInstance>, object]>([
    ['a copy that is like its source', {}, { kind: 'none' }],
    ['a copy that is still being changed', { DBInstanceStatus: 'modifying' }, { kind: 'await' }],
    [
      'a copy whose security group is not in force yet',
      { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-database', Status: 'adding' }] },
      { kind: 'await' },
    ],
    [
      'a copy that lacks a setting',
      { MonitoringInterval: 0 },
      { kind: 'modify', asked: ['MonitoringInterval'], settings: { MonitoringInterval: 15 } },
    ],
    ['a parameter group that waits for a restart', group('pending-reboot'), { kind: 'restart' }],
    [
      'a setting and a group that waits: the setting comes first, so that one restart is enough',
      { MonitoringInterval: 0, ...group('pending-reboot') },
      { kind: 'modify', asked: ['MonitoringInterval'], settings: { MonitoringInterval: 15 } },
    ],
    [
      'a group that is being applied',
      group('applying'),
      { kind: 'wait', for: ['parameter group orders (applying)'] },
    ],
    [
      'an option group that is being applied',
      { OptionGroupMemberships: [{ OptionGroupName: 'audit', Status: 'pending-apply' }] },
      { kind: 'wait', for: ['option group audit (pending-apply)'] },
    ],
    [
      'a value that RDS has not carried out',
      { PendingModifiedValues: { CACertificateIdentifier: 'rds-ca-ecc384-g1' } },
      { kind: 'wait', for: ['CACertificateIdentifier (pending)'] },
    ],
  ])('for %s', (_what, difference, move) => {
    expect(nextMove(source, { ...like, ...difference })).toEqual(move);
  });

  it('for a source whose own group waits is none: the copy runs with the group already', () => {
    expect(nextMove({ ...source, ...group('pending-reboot') }, like)).toEqual({ kind: 'none' });
  });

  it('is not looked for on a copy that RDS has given up', () => {
    expect(() => nextMove(source, { ...like, DBInstanceStatus: 'incompatible-parameters' })).toThrow(
      expect.objectContaining({ name: 'DatabaseInstanceFailed' }),
    );
  });
});

describe('a pass', () => {
  const pass = (previous: CopyConfiguration, difference: Partial<RdsInstance>) =>
    planPass('orders-restored-1', previous, nextMove(source, { ...like, ...difference }));

  it('waits once for RDS to show what it was asked for, and only then asks again', () => {
    const moves: string[] = [];
    let previous = BEGIN;
    for (let look = 0; look < 4; look += 1) {
      previous = pass(previous, { MonitoringInterval: 0 });
      moves.push(previous.move);
    }
    expect(moves).toEqual(['modify', 'wait', 'modify', 'wait']);
  });

  it('asks at once when something else is missing than before', () => {
    const first = pass(BEGIN, { MonitoringInterval: 0 });
    expect(pass(first, { PreferredMaintenanceWindow: 'sun:04:00-sun:04:30' })).toEqual({
      pass: 2,
      move: 'modify',
      asked: ['PreferredMaintenanceWindow'],
      changed: ['MonitoringInterval', 'PreferredMaintenanceWindow'],
      restarts: 0,
    });
  });

  it.each<[string, Partial<RdsInstance>, RegExp]>([
    ['a setting', { MonitoringInterval: 0 }, /to modify: MonitoringInterval$/],
    ['a restart', group('pending-reboot'), /to restart: /],
    [
      'a group that cannot be applied',
      group('failed-to-apply'),
      /to wait: parameter group orders \(failed-to-apply\)$/,
    ],
  ])('after the last one gives up by name over %s', (_what, difference, message) => {
    const forever = () => {
      for (let previous = BEGIN; ; ) previous = pass(previous, difference);
    };
    expect(forever).toThrow(
      expect.objectContaining({
        name: 'CopyConfigurationUnsettled',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('leads to a copy that is like its source, however late RDS shows what it has done', () => {
    const differences = { modify: { MonitoringInterval: 0 }, restart: group('pending-reboot') } as const;
    const missing = fc.subarray(['modify', 'restart'] as const);
    const looksUntilShown = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(missing, looksUntilShown, (kinds, looks) => {
        const shown = kinds.flatMap((kind, index) => Array(looks[index]).fill(kind));
        const made = [BEGIN];
        for (const kind of [...shown, 'none'])
          made.push(pass(made.at(-1) ?? BEGIN, differences[kind as keyof typeof differences] ?? {}));
        expect(made.at(-1)?.move).toBe('none');
        expect(made.at(-1)?.changed).toEqual(kinds.includes('modify') ? ['MonitoringInterval'] : []);
        expect(made.at(-1)?.restarts).toBe(made.filter(({ move }) => move === 'restart').length);
        expect(new Set(made.map(({ move }) => move).filter((move) => move !== 'wait'))).toEqual(
          new Set([...kinds, 'none']),
        );
      }),
      { seed: 20260131, numRuns: 300 },
    );
  });
});
