import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as fenceSource } from '../../functions/database/fence-source.ts';
import { handler as renameRestored } from '../../functions/database/rename-restored.ts';
import { handler as renameSource } from '../../functions/database/rename-source.ts';
import { handler as reopenSource } from '../../functions/database/reopen-source.ts';
import { handler as retireSource } from '../../functions/database/retire-source.ts';
import { handler as rollBackCutOver } from '../../functions/database/roll-back-cut-over.ts';
import { platformInstance, until } from '../local/rds/rds-rig.ts';
import { type RestoreRig, startRestoreRig } from './fixtures/restore-rig.ts';

const COPY = 'orders-restored-0a1b2c3d';
const REPLACED = 'orders-replaced-';
const FORWARD = [fenceSource, renameSource, renameRestored] as const;

let rig: RestoreRig;
let swap: {
  sourceIdentifier: string;
  sourceResourceId: string;
  restoredIdentifier: string;
  restoredResourceId: string;
};
let self: { incidentId: string; executionId: string };
let count = 0;

beforeAll(async () => {
  rig = await startRestoreRig();
  const resourceIdOf = async (identifier: string) => {
    const instance = platformInstance(identifier, {
      securityGroupIds: ['sg-extra', 'sg-database'],
      backupRetentionDays: 0,
      attributes: { DeletionProtection: false },
    });
    return (await rig.rds.createInstance(instance)).resourceId;
  };
  swap = {
    sourceIdentifier: 'orders',
    sourceResourceId: await resourceIdOf('orders'),
    restoredIdentifier: COPY,
    restoredResourceId: await resourceIdOf(COPY),
  };
});
afterAll(() => rig.close());
beforeEach(async () => {
  if (self !== undefined) await rig.release(self.executionId);
  count += 1;
  self = { incidentId: `INC-20260131-${String(count).padStart(8, '0')}`, executionId: `execution-${count}` };
});

/** Names and groups by resource id, once RDS is done. */
async function settled() {
  return until('RDS is done', async () => {
    const instances = rig.rds.instances();
    if (instances.some(({ status }) => status !== 'available')) return undefined;
    return Object.fromEntries(
      instances.map(({ resourceId, identifier, securityGroupIds }) => [
        resourceId,
        { identifier, groups: [...securityGroupIds].sort() },
      ]),
    );
  });
}
const atFirst = () => ({
  [swap.sourceResourceId]: { identifier: 'orders', groups: ['sg-database', 'sg-extra'] },
  [swap.restoredResourceId]: { identifier: COPY, groups: ['sg-database', 'sg-extra'] },
});
const swapped = () => ({
  [swap.sourceResourceId]: {
    identifier: `${REPLACED}${self.incidentId.slice(-8)}`,
    groups: ['sg-quarantine'],
  },
  [swap.restoredResourceId]: { identifier: 'orders', groups: ['sg-database', 'sg-extra'] },
});
async function goForward(steps: number) {
  for (const handler of FORWARD.slice(0, steps)) {
    await settled();
    await rig.run<unknown>(handler, { ...self, ...swap });
  }
}
async function rollBack(): Promise<string[]> {
  const actions: string[] = [];
  await until('the cut-over is undone', async () => {
    const { done, action, instance } = await rig.run(rollBackCutOver, self);
    if (!action.startsWith('wait')) actions.push(action);
    if (instance !== null) await rig.run(reopenSource, { ...self, instance });
    return done ? true : undefined;
  });
  return actions;
}
const types = async () => (await rig.timeline(self.incidentId)).map(({ type }) => type);

describe('a cut-over on RDS', () => {
  it('swaps the instances, keeps the old one for evidence, and can be taken back as a whole', async () => {
    await goForward(3);
    expect(await settled()).toEqual(swapped());
    const { identifier } = await rig.run(retireSource, {
      ...self,
      identifier: `${REPLACED}${self.incidentId.slice(-8)}`,
    });
    const old = await until('the old instance is protected', async () => {
      const instance = await rig.describe(identifier);
      return instance.DeletionProtection === true ? instance : undefined;
    });
    expect(old.TagList).toEqual(
      expect.arrayContaining([
        { Key: 'testudo:incident', Value: self.incidentId },
        { Key: 'testudo:role', Value: 'replaced' },
      ]),
    );
    expect(await types()).toEqual([
      'cut-over.source-fenced',
      'cut-over.source-renamed',
      'cut-over.restored-renamed',
      'cut-over.source-retired',
    ]);

    expect(await rollBack()).toHaveLength(5);
    expect(await settled()).toEqual(atFirst());
    expect((await types()).at(-1)).toBe('cut-over.rolled-back');
    expect(await rig.run(rollBackCutOver, self)).toMatchObject({ done: true });
    expect(await settled()).toEqual(atFirst());
  });

  it.each([0, 1, 2])('is undone after %i of its steps', async (steps) => {
    await goForward(steps);
    await rollBack();
    expect(await settled()).toEqual(atFirst());
  });

  it('is repeated from its beginning without harm, step by step', async () => {
    await goForward(1);
    await goForward(2);
    await goForward(2);
    await goForward(3);
    await goForward(3);
    expect(await settled()).toEqual(swapped());
    await rollBack();
    expect(await settled()).toEqual(atFirst());
  });

  it('that another execution has begun is adopted, with the groups that the source had before', async () => {
    await goForward(1);
    await settled();
    await rig.release(self.executionId);
    self = { ...self, executionId: `${self.executionId}-again` };
    await goForward(3);
    expect(await settled()).toEqual(swapped());
    await rollBack();
    expect(await settled()).toEqual(atFirst());
  });

  it('is never undone by an execution that has not made it', async () => {
    await goForward(1);
    const other = { ...self, executionId: 'execution-of-another' };
    expect(await rig.run(rollBackCutOver, other)).toEqual({
      done: true,
      action: 'nothing was touched',
      instance: null,
    });
    expect(await settled()).toMatchObject({ [swap.sourceResourceId]: { groups: ['sg-quarantine'] } });
    await rollBack();
  });

  it('renames nothing without a fence and a plan', async () => {
    for (const handler of [renameSource, renameRestored])
      await expect(rig.run<unknown>(handler, { ...self, ...swap })).rejects.toMatchObject({
        name: 'CutOverStateUnexpected',
      });
    expect(await settled()).toEqual(atFirst());
  });

  it('marks no other instance as replaced', async () => {
    await goForward(1);
    await expect(rig.run(retireSource, { ...self, identifier: COPY })).rejects.toMatchObject({
      name: 'CutOverStateUnexpected',
    });
    await rollBack();
  });
});
