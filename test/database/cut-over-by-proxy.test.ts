import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CutOverPlan,
  deregisterSource,
  fenceSource,
  planCutOver,
  registerRestored,
  renameRestored,
  renameSource,
  rollBack,
} from '../../shared/database/cut-over.ts';
import { ENOUGH, interruptedPlan } from './fixtures/interrupted-plan.ts';
import { RdsModel } from './fixtures/rds-model.ts';

const proxy = { name: 'orders-proxy', targetGroup: 'default' };
const plan: CutOverPlan = {
  executionId: 'execution-1',
  sourceIdentifier: 'orders',
  sourceResourceId: 'db-SOURCE',
  restoredIdentifier: 'orders-restored-0a1b2c3d',
  restoredResourceId: 'db-COPY',
  replacedIdentifier: 'orders-replaced-0a1b2c3d',
  sourceSecurityGroupIds: ['sg-a', 'sg-b'],
  quarantineSecurityGroupId: 'sg-quarantine',
  proxy,
};
const source = { identifier: 'orders', status: 'available', securityGroupIds: ['sg-a', 'sg-b'] };
const fenced = { ...source, securityGroupIds: ['sg-quarantine'] };
const restored = { identifier: plan.restoredIdentifier, status: 'available', securityGroupIds: ['sg-a'] };
const replaced = { ...fenced, identifier: plan.replacedIdentifier };
const live = { ...restored, identifier: 'orders' };
const target = 'orders';

const unexpected = expect.objectContaining({ name: 'CutOverStateUnexpected' });

describe('the way forward through a proxy', () => {
  it.each([
    ['fences a source that the proxy leads to', fenceSource, { source, restored, target }, 'move'],
    [
      'takes the fenced source out of the proxy',
      deregisterSource,
      { source: fenced, restored, target },
      'deregister',
    ],
    [
      'never takes a source out that clients can reach past the proxy',
      deregisterSource,
      { source, restored, target },
      'wait',
    ],
    ['does not take it out twice', deregisterSource, { source: fenced, restored }, 'nothing'],
    [
      'takes nothing out when the copy has taken over already',
      deregisterSource,
      { source: replaced, restored: live, target },
      'nothing',
    ],
    [
      'never renames a source that the proxy leads to',
      renameSource,
      { source: fenced, restored, target },
      'wait',
    ],
    ['renames a source that it does not lead to', renameSource, { source: fenced, restored }, 'rename'],
    ['never registers a copy without the name', registerRestored, { source: replaced, restored }, 'wait'],
    [
      'registers the copy that has the name',
      registerRestored,
      { source: replaced, restored: live },
      'register',
    ],
    ['does not register it twice', registerRestored, { source: replaced, restored: live, target }, 'nothing'],
    [
      'registers nothing that is being changed',
      registerRestored,
      { source: replaced, restored: { ...live, status: 'modifying' } },
      'wait',
    ],
  ])('%s', (_rule, decide, seen, kind) => {
    expect(decide(plan, seen).kind).toBe(kind);
  });

  it('ends before anything is touched when the proxy leads to a third instance', () => {
    const elsewhere = { source, restored, target: 'customers' };
    expect(() => fenceSource(plan, elsewhere)).toThrow(unexpected);
    expect(() => deregisterSource(plan, elsewhere)).toThrow(unexpected);
    expect(() => rollBack(plan, elsewhere)).toThrow(unexpected);
  });

  it('does not exist in a plan without proxy', () => {
    expect(() => deregisterSource({ ...plan, proxy: null }, { source, restored })).toThrow(unexpected);
    expect(() => registerRestored({ ...plan, proxy: null }, { source, restored: live })).toThrow(unexpected);
  });
});

describe('the way back through a proxy', () => {
  it('takes the copy out first, then gives back name, groups and target', () => {
    expect(rollBack(plan, { source: replaced, restored: live, target })).toEqual({
      kind: 'deregister',
      proxy,
      identifier: 'orders',
    });
    expect(rollBack(plan, { source: replaced, restored: live })).toMatchObject({ kind: 'rename' });
    expect(rollBack(plan, { source: replaced, restored })).toMatchObject({ newIdentifier: 'orders' });
    expect(rollBack(plan, { source: fenced, restored })).toMatchObject({ kind: 'move' });
    expect(rollBack(plan, { source, restored })).toEqual({ kind: 'register', proxy, identifier: 'orders' });
    expect(rollBack(plan, { source, restored, target })).toEqual({ kind: 'nothing' });
  });

  it('leaves a source in the proxy that was never taken out', () => {
    expect(rollBack(plan, { source: fenced, restored, target })).toMatchObject({ kind: 'move' });
  });
});

it('a new plan keeps the proxy of an interrupted one, whatever the configuration says by then', () => {
  expect(planCutOver({ ...plan, executionId: 'execution-2', proxy: null }, plan).proxy).toEqual(proxy);
});

describe('an interruption of a cut-over through a proxy', () => {
  const { goForward, goBack, interrupt } = interruptedPlan(plan, [
    fenceSource,
    deregisterSource,
    renameSource,
    renameRestored,
    registerRestored,
  ]);
  const lag = fc.record({ hiddenLooks: fc.nat(1), visibleLooks: fc.nat(3) });
  const attempts = fc.array(fc.record({ direction: fc.constantFrom('forward', 'back'), looks: fc.nat(20) }), {
    maxLength: 4,
  });

  it('at any point lets it be finished: the proxy leads to the copy, and to nothing that is renamed', () => {
    fc.assert(
      fc.property(lag, attempts, (slowness, cuts) => {
        const model = new RdsModel(plan, slowness);
        interrupt(model, cuts);
        expect(goForward(model, ENOUGH)).toBe(true);
        expect(model.look()).toMatchObject({
          source: { identifier: plan.replacedIdentifier, securityGroupIds: ['sg-quarantine'] },
          restored: { identifier: 'orders', status: 'available' },
          target: 'orders',
        });
      }),
      { seed: 20260131, numRuns: 2000 },
    );
  });

  it('at any point lets it be undone: the proxy leads to the source again', () => {
    fc.assert(
      fc.property(lag, attempts, (slowness, cuts) => {
        const model = new RdsModel(plan, slowness);
        interrupt(model, cuts);
        expect(goBack(model, ENOUGH)).toBe(true);
        for (let count = 0; count < ENOUGH; count += 1) model.look();
        expect(model.look()).toEqual({
          source,
          restored: { ...restored, securityGroupIds: ['sg-copy'] },
          target: 'orders',
        });
      }),
      { seed: 20260131, numRuns: 2000 },
    );
  });
});
