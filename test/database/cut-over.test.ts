import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CutOverPlan,
  fenceSource,
  planCutOver,
  renameRestored,
  renameSource,
  rollBack,
} from '../../shared/database/cut-over.ts';
import { ENOUGH, interruptedPlan } from './fixtures/interrupted-plan.ts';
import { RdsModel } from './fixtures/rds-model.ts';

const plan: CutOverPlan = {
  executionId: 'execution-1',
  sourceIdentifier: 'orders',
  sourceResourceId: 'db-SOURCE',
  restoredIdentifier: 'orders-restored-0a1b2c3d',
  restoredResourceId: 'db-COPY',
  replacedIdentifier: 'orders-replaced-0a1b2c3d',
  sourceSecurityGroupIds: ['sg-a', 'sg-b'],
  quarantineSecurityGroupId: 'sg-quarantine',
  proxy: null,
};
const source = { identifier: 'orders', status: 'available', securityGroupIds: ['sg-a', 'sg-b'] };
const fenced = { ...source, securityGroupIds: ['sg-quarantine'] };
const restored = { identifier: plan.restoredIdentifier, status: 'available', securityGroupIds: ['sg-a'] };
const replaced = { ...fenced, identifier: plan.replacedIdentifier };
const live = { ...restored, identifier: 'orders' };

const unexpected = expect.objectContaining({ name: 'CutOverStateUnexpected' });

describe('the way forward', () => {
  it.each([
    ['fences a source that serves', fenceSource, { source, restored }, 'move'],
    ['does not fence twice', fenceSource, { source: fenced, restored }, 'nothing'],
    ['renames a fenced source', renameSource, { source: fenced, restored }, 'rename'],
    ['never renames a source that clients can reach', renameSource, { source, restored }, 'wait'],
    ['does not rename the source twice', renameSource, { source: replaced, restored }, 'nothing'],
    ['gives the free name to the copy', renameRestored, { source: replaced, restored }, 'rename'],
    ['never gives the copy a name that the source has', renameRestored, { source: fenced, restored }, 'wait'],
    ['does not rename the copy twice', renameRestored, { source: replaced, restored: live }, 'nothing'],
    [
      'asks nothing of an instance that is being changed',
      renameSource,
      { source: { ...fenced, status: 'modifying' }, restored },
      'wait',
    ],
  ])('%s', (_rule, decide, seen, kind) => {
    expect(decide(plan, seen).kind).toBe(kind);
  });

  it('ends with a name that no step has given', () => {
    const strange = { ...source, identifier: 'orders-by-hand' };
    expect(() => fenceSource(plan, { source: strange, restored })).toThrow(unexpected);
    expect(() => renameSource(plan, { source: { ...strange }, restored })).toThrow(unexpected);
    expect(() => renameRestored(plan, { source: replaced, restored: strange })).toThrow(unexpected);
  });

  it('ends with an instance that is gone or stuck', () => {
    expect(() => renameRestored(plan, { source: replaced, restored: undefined })).toThrow(unexpected);
    expect(() => fenceSource(plan, { source: { ...source, status: 'storage-full' }, restored })).toThrow(
      unexpected,
    );
  });
});

describe('a source that is lost for good', () => {
  const lost = { ...source, status: 'failed' };
  const lostFenced = { ...fenced, status: 'failed' };
  const lostAside = { ...replaced, status: 'failed' };

  it('steps aside as one that serves does, and is waited for by nobody', () => {
    expect(fenceSource(plan, { source: lost, restored }).kind).toBe('move');
    expect(fenceSource(plan, { source: lostFenced, restored }).kind).toBe('nothing');
    expect(renameSource(plan, { source: lostFenced, restored }).kind).toBe('rename');
    expect(renameRestored(plan, { source: lostAside, restored }).kind).toBe('rename');
  });

  it('is never given its name back before what has it is away, nor without its groups', () => {
    const steps = [
      { source: lostAside, restored: live },
      { source: lostAside, restored },
      { source: lostFenced, restored },
      { source: lost, restored },
    ].map((seen) => rollBack(plan, seen).kind);
    expect(steps).toEqual(['rename', 'rename', 'move', 'nothing']);
  });
});

describe('the way back', () => {
  it('takes the name from the copy first', () => {
    expect(rollBack(plan, { source: replaced, restored: live })).toMatchObject({
      kind: 'rename',
      identifier: 'orders',
      newIdentifier: plan.restoredIdentifier,
    });
  });

  it('then gives it to the source, and then its groups', () => {
    expect(rollBack(plan, { source: replaced, restored })).toMatchObject({
      kind: 'rename',
      newIdentifier: 'orders',
    });
    expect(rollBack(plan, { source: fenced, restored })).toMatchObject({
      kind: 'move',
      securityGroupIds: ['sg-a', 'sg-b'],
    });
    expect(rollBack(plan, { source, restored })).toEqual({ kind: 'nothing' });
  });

  it('waits while the copy may still be taking the name', () => {
    const renaming = { ...restored, status: 'renaming' };
    expect(rollBack(plan, { source: replaced, restored: renaming }).kind).toBe('wait');
  });

  it('does not wait for the backup of the copy, which takes hours', () => {
    const busy = { ...restored, status: 'backing-up' };
    expect(rollBack(plan, { source: replaced, restored: busy }).kind).toBe('rename');
  });

  it('goes on without a copy', () => {
    expect(rollBack(plan, { source: replaced, restored: undefined }).kind).toBe('rename');
  });

  it('stops for a person when the source is gone or elsewhere', () => {
    expect(() => rollBack(plan, { source: undefined, restored })).toThrow(unexpected);
    const strange = { ...source, identifier: 'orders-by-hand' };
    expect(() => rollBack(plan, { source: strange, restored })).toThrow(unexpected);
  });
});

describe('a new plan', () => {
  const fresh = { ...plan, executionId: 'execution-2', replacedIdentifier: 'orders-replaced-0a1b2c3d-2' };

  it('is taken where nothing was begun', () => {
    expect(planCutOver(plan, undefined)).toEqual(plan);
  });

  it('keeps what an interrupted cut-over of the same source must be able to undo', () => {
    const afterFence = {
      ...fresh,
      sourceSecurityGroupIds: ['sg-quarantine'],
      restoredResourceId: 'db-COPY-2',
    };
    expect(planCutOver(afterFence, plan)).toEqual({
      ...afterFence,
      replacedIdentifier: plan.replacedIdentifier,
      sourceSecurityGroupIds: ['sg-a', 'sg-b'],
    });
  });

  it('is taken when the copy of the last one is now the source', () => {
    const next = { ...fresh, sourceResourceId: 'db-COPY', restoredResourceId: 'db-COPY-2' };
    expect(planCutOver(next, plan)).toEqual(next);
  });

  it('is refused while another source is half replaced', () => {
    expect(() => planCutOver({ ...fresh, sourceResourceId: 'db-THIRD' }, plan)).toThrow(unexpected);
  });

  it('is refused for a source whose own groups nobody knows', () => {
    expect(() => planCutOver({ ...plan, sourceSecurityGroupIds: ['sg-quarantine'] }, undefined)).toThrow(
      unexpected,
    );
    expect(() => planCutOver({ ...plan, sourceSecurityGroupIds: [] }, undefined)).toThrow(unexpected);
  });
});

describe('an interruption', () => {
  const { goForward, goBack, interrupt } = interruptedPlan(plan, [fenceSource, renameSource, renameRestored]);

  const lag = fc.record({ hiddenLooks: fc.nat(1), visibleLooks: fc.nat(3) });
  /** Any number of attempts, each cut off after some looks. */
  const attempts = fc.array(fc.record({ direction: fc.constantFrom('forward', 'back'), looks: fc.nat(20) }), {
    maxLength: 4,
  });

  it('at any point lets the cut-over be finished', () => {
    fc.assert(
      fc.property(lag, attempts, (slowness, cuts) => {
        const model = new RdsModel(plan, slowness);
        interrupt(model, cuts);
        expect(goForward(model, ENOUGH)).toBe(true);
        expect(model.look()).toMatchObject({
          source: { identifier: plan.replacedIdentifier, securityGroupIds: ['sg-quarantine'] },
          restored: { identifier: 'orders', status: 'available' },
        });
      }),
      { seed: 20260131, numRuns: 2000 },
    );
  });

  it('at any point lets the cut-over be undone', () => {
    fc.assert(
      fc.property(lag, attempts, (slowness, cuts) => {
        const model = new RdsModel(plan, slowness);
        interrupt(model, cuts);
        expect(goBack(model, ENOUGH)).toBe(true);
        for (let count = 0; count < ENOUGH; count += 1) model.look();
        expect(model.look()).toEqual({ source, restored: { ...restored, securityGroupIds: ['sg-copy'] } });
      }),
      { seed: 20260131, numRuns: 2000 },
    );
  });
});
