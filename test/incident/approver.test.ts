import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Approver, type Decision, tally } from '../../shared/incident/approver.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'];
const approvers: Approver[] = [
  ...NAMES.map((name) => ({ name, arn: `arn:aws:iam::111111111111:user/${name}` })),
  { name: 'alice', arn: 'arn:aws:sts::111111111111:assumed-role/Operator/alice' },
];
const decision = (name: string, what: Decision['decision'] = 'approve', arn = `arn:${name}`): Decision => ({
  name,
  arn,
  decision: what,
  reason: 'looked at the proof',
  decidedAt: '2026-01-31T04:00:00.000Z',
});

describe('approvals', () => {
  it.each([
    ['nobody', [], null, 'awaiting-more'],
    ['one person', [decision('alice')], null, 'awaiting-more'],
    ['two people', [decision('alice'), decision('bob')], null, 'approved'],
    [
      'one person under two ARNs',
      [decision('alice'), decision('alice', 'approve', 'arn:other')],
      null,
      'awaiting-more',
    ],
    ['one person beside the proven initiator', [decision('bob')], 'alice', 'approved'],
    ['the initiator alone', [decision('alice')], 'alice', 'awaiting-more'],
    [
      'two people and a denial',
      [decision('alice'), decision('bob'), decision('carol', 'deny')],
      null,
      'denied',
    ],
  ] as const)('of %s count as they should', (_who, decisions, initiator, outcome) => {
    expect(tally(decisions, initiator, 2, approvers).outcome).toBe(outcome);
  });

  it('name who is awaited, each person once', () => {
    expect(tally([decision('alice')], null, 2, approvers).awaited).toEqual(['bob', 'carol', 'dave']);
  });

  it('never resume on the start alone, even where one person is enough', () => {
    expect(tally([], 'alice', 1, approvers).outcome).toBe('awaiting-more');
  });

  it('approve only with as many different people as required and no denial, in every case', () => {
    const decisions = fc.array(fc.record({ name: fc.constantFrom(...NAMES), deny: fc.boolean() }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        decisions,
        fc.option(fc.constantFrom(...NAMES)),
        fc.integer({ min: 1, max: 4 }),
        (some, initiator, required) => {
          const list = some.map(({ name, deny }) => decision(name, deny ? 'deny' : 'approve'));
          const people = new Set([
            ...list.filter((d) => d.decision === 'approve').map((d) => d.name),
            ...(initiator ? [initiator] : []),
          ]);
          const { outcome } = tally(list, initiator, required, approvers);
          if (outcome === 'approved') {
            expect(people.size).toBeGreaterThanOrEqual(required);
            expect(list.some((d) => d.decision === 'deny')).toBe(false);
            expect(list.length).toBeGreaterThan(0);
          }
          if (list.some((d) => d.decision === 'deny')) expect(outcome).toBe('denied');
        },
      ),
      { seed: 2 },
    );
  });
});
