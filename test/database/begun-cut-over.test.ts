import { describe, expect, it } from 'vitest';
import { continuedCutOver, restoreStart } from '../../shared/database/begun-cut-over.ts';
import type { CutOverPlan } from '../../shared/database/cut-over.ts';
import type { RestoredProof } from '../../shared/database/proof.ts';

const plan: CutOverPlan = {
  executionId: 'execution-1',
  sourceIdentifier: 'orders',
  sourceResourceId: 'db-SOURCE',
  restoredIdentifier: 'orders-restored-0a1b2c3d',
  restoredResourceId: 'db-COPY',
  replacedIdentifier: 'orders-replaced-0a1b2c3d',
  sourceSecurityGroupIds: ['sg-a'],
  quarantineSecurityGroupId: 'sg-quarantine',
  proxy: null,
};
const proof = {
  databaseIdentifier: plan.restoredIdentifier,
  restoreTime: '2026-01-31T03:05:07Z',
} as RestoredProof;
const begun = { plan, sourceClosed: false, rolledBack: false, confirmed: false, seenUndone: false };
const chosen = { restorePoint: null };

describe('where a restore begins', () => {
  it.each([
    ['with a new copy where nothing was begun', chosen, undefined, 'restore'],
    ['with a new copy after a cut-over that was undone', chosen, { ...begun, rolledBack: true }, 'restore'],
    ['with a new copy after one that was confirmed', chosen, { ...begun, confirmed: true }, 'restore'],
    ['with what was left half done', chosen, begun, 'continue'],
    [
      'with what was left half done, to the same point',
      { restorePoint: '2026-01-31T03:05:07.9Z' },
      begun,
      'continue',
    ],
    [
      'on the way back when a person wants that',
      { ...chosen, begunCutOver: 'roll-back' as const },
      begun,
      'roll-back',
    ],
  ])('%s', (_rule, request, journalled, start) => {
    expect(restoreStart(request, journalled, proof)).toBe(start);
  });

  it('nowhere, when another point is wanted while a cut-over is half done', () => {
    expect(() => restoreStart({ restorePoint: '2026-01-31T03:05:06Z' }, begun, proof)).toThrow(
      expect.objectContaining({ name: 'CutOverBegun' }),
    );
  });
});

describe('a continued cut-over', () => {
  it('has the names of its plan and the proof of its copy', () => {
    expect(continuedCutOver(plan, proof)).toEqual({
      source: { instance: { identifier: 'orders', resourceId: 'db-SOURCE' } },
      restored: { identifier: plan.restoredIdentifier },
      copy: { instance: { identifier: plan.restoredIdentifier, resourceId: 'db-COPY' } },
      verified: proof,
    });
  });

  it.each([undefined, { ...proof, databaseIdentifier: 'orders-restored-0a1b2c3d-2' }])(
    'is refused without the proof of its own copy',
    (other) => {
      expect(() => continuedCutOver(plan, other)).toThrow(
        expect.objectContaining({ name: 'CutOverNotProven' }),
      );
    },
  );
});
