import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restorableLag } from '../../shared/database/restorable-lag.ts';
import { seenInstance } from '../../shared/database/seen-instance.ts';

const AT = '2026-01-31T03:10:00.000Z';
const lagOf = (latest: string, overrides: object = {}) =>
  restorableLag(
    'orders',
    seenInstance({
      DBInstanceStatus: 'available',
      BackupRetentionPeriod: 7,
      LatestRestorableTime: new Date(latest),
      ...overrides,
    }),
    AT,
  );

describe('how much a restore would lose now', () => {
  it('is the time since the latest restorable moment', () => {
    expect(lagOf('2026-01-31T03:06:40.000Z')).toEqual({ measured: true, lagSeconds: 200 });
  });

  it('is not negative when the clock of RDS is ahead', () => {
    expect(lagOf('2026-01-31T03:10:02.000Z')).toEqual({ measured: true, lagSeconds: 0 });
  });

  it.each(['stopped', 'storage-full', 'backing-up', 'renaming'])(
    'counts on while the instance is %s: what was uploaded can be restored',
    (DBInstanceStatus) => {
      expect(lagOf('2026-01-31T02:40:00.000Z', { DBInstanceStatus })).toEqual({
        measured: true,
        lagSeconds: 1800,
      });
    },
  );

  it.each([
    ['there is no such instance', undefined, /no instance/],
    [
      'backups are switched off, even if an old moment is still named',
      seenInstance({
        DBInstanceStatus: 'available',
        BackupRetentionPeriod: 0,
        LatestRestorableTime: new Date(AT),
      }),
      /backupRetentionPeriod is 0/,
    ],
    [
      'RDS names no moment, as before the first backup',
      seenInstance({ BackupRetentionPeriod: 7, DBInstanceStatus: 'creating' }),
      /no latest restorable time while it is creating/,
    ],
  ])('is not known when %s, which is never a lag of 0', (_why, instance, reason) => {
    expect(restorableLag('orders', instance, AT)).toEqual({
      measured: false,
      reason: expect.stringMatching(reason),
    });
  });

  it('grows with every second that nothing is uploaded', () => {
    fc.assert(
      fc.property(fc.nat(86_400), fc.nat(86_400), (one, more) => {
        const back = (seconds: number) => new Date(Date.parse(AT) - seconds * 1000).toISOString();
        expect(lagOf(back(one + more))).toEqual({ measured: true, lagSeconds: one + more });
      }),
      { seed: 13 },
    );
  });
});
