import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyTags, nameState, namesBeside } from '../../shared/database/restored-copy.ts';

const INCIDENT = 'INC-20260131-0a1b2c3d';
const identity = {
  incidentId: INCIDENT,
  sourceResourceId: 'db-SOURCE',
  restoreTime: '2026-01-31T03:05:07Z',
};
const holder = (tags: Record<string, string>, status = 'available') => ({ status, tags });

describe('names beside an instance', () => {
  it('say what they are and which incident made them', () => {
    expect(namesBeside('orders', 'restored', INCIDENT).slice(0, 2)).toEqual([
      'orders-restored-0a1b2c3d',
      'orders-restored-0a1b2c3d-2',
    ]);
    expect(namesBeside('orders', 'replaced', INCIDENT)[0]).toBe('orders-replaced-0a1b2c3d');
  });

  it('are different names that RDS takes, for every identifier that RDS takes', () => {
    const identifier = fc.stringMatching(/^[a-z](-?[a-z0-9]){0,62}$/).filter(({ length }) => length <= 63);
    fc.assert(
      fc.property(identifier, (name) => {
        const names = namesBeside(name, 'restored', INCIDENT);
        expect(new Set(names).size).toBe(names.length);
        for (const each of names) {
          expect(each).toMatch(/^[a-z](-?[a-z0-9])*$/);
          expect(each.length).toBeLessThanOrEqual(63);
        }
      }),
      { seed: 20260131 },
    );
  });
});

describe('the name for a copy', () => {
  it('is free when nobody has it', () => {
    expect(nameState('orders-restored-0a1b2c3d', undefined, identity)).toBe('free');
  });

  it.each(['creating', 'backing-up', 'available'])('is gone on with when our copy is %s', (status) => {
    expect(nameState('orders-restored-0a1b2c3d', holder(copyTags(identity), status), identity)).toBe('ours');
  });

  it('is spent by a copy that failed, or of another moment or source', () => {
    const spent = [
      holder(copyTags(identity), 'incompatible-restore'),
      holder(copyTags({ ...identity, restoreTime: '2026-01-31T03:00:00Z' })),
      holder(copyTags({ ...identity, sourceResourceId: 'db-OTHER' })),
    ];
    for (const each of spent) expect(nameState('orders-restored-0a1b2c3d', each, identity)).toBe('spent');
  });

  it.each([{}, copyTags({ ...identity, incidentId: 'INC-20251231-0a1b2c3d' })])(
    'of somebody else is an error and never used',
    (tags) => {
      expect(() => nameState('orders-restored-0a1b2c3d', holder(tags), identity)).toThrow(
        expect.objectContaining({ name: 'RestoreTargetTaken' }),
      );
    },
  );
});
