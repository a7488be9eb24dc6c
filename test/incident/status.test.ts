import { describe, expect, test } from 'vitest';
import { IncidentView } from '../../shared/incident/api-contract.ts';
import { projectIncident } from '../../shared/incident/status.ts';
import { CRITICAL_INCIDENT, opening, REQUEST, UNTIL_APPROVAL } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const view = (happenings: readonly Happening[]) => projectIncident(timelineOf(happenings));
const denial: Happening = {
  at: 1600,
  type: 'approval.denied',
  outcome: 'refused',
  detail: { name: 'Bob', reason: 'positions differ' },
};
const handOver: Happening = {
  at: 1610,
  type: 'incident.handed-over',
  summary: 'Handed over to people: ApprovalDenied',
  detail: {
    reason: 'ApprovalDenied',
    tasks: [{ component: 'trading', sopStep: '3', action: 'Resolve what the denial names' }],
  },
};
const approval = (at: number, name: string): Happening => ({
  at,
  type: 'approval.given',
  detail: { name, reason: 'proof read' },
});

describe('status follows the timeline', () => {
  test.each([
    ['open', opening()],
    ['assessing', [...opening(), { at: 3, type: 'incident.activated' }]],
    ['recovering', UNTIL_APPROVAL.filter(({ at }) => at < 1000)],
    ['awaiting-approval', UNTIL_APPROVAL],
    ['handed-over', [...UNTIL_APPROVAL, denial]],
    ['handed-over', [...UNTIL_APPROVAL, denial, handOver]],
    ['awaiting-approval', [...UNTIL_APPROVAL, denial, handOver, { ...REQUEST, at: 2000 }]],
    [
      'handed-over',
      [
        ...UNTIL_APPROVAL,
        { at: 2000, type: 'cut-over.rolled-back' },
        { at: 2001, type: 'recovery.lease-released' },
      ],
    ],
    ['resumed', CRITICAL_INCIDENT.filter(({ at }) => at <= 1751)],
    ['closed', CRITICAL_INCIDENT],
  ] as const)('%s', (status, happenings) => {
    expect(view(happenings).status).toBe(status);
  });

  describe.each(['salvage', 'instance-change'] as const)('an offer of %s', (purpose) => {
    test.each([
      ['awaiting-approval', []],
      ['recovering', [{ at: 1010, type: `${purpose}.denied` as const, outcome: 'refused' as const }]],
      ['recovering', [{ at: 1010, type: `${purpose}.applied` as const }]],
      ['recovering', [{ at: 1300, type: 'recovery.lease-released' as const }]],
    ])('leaves the incident %s', (status, then) => {
      const asked: Happening = {
        at: 1000,
        type: `${purpose}.requested`,
        detail: { required: 1, awaited: ['Alice'], expiresAt: '2026-03-14T10:00:00Z' },
      };
      const seen = view([...UNTIL_APPROVAL.filter(({ at }) => at < 1000), asked, ...then]);
      expect(seen.status).toBe(status);
      expect(seen.awaiting?.purpose).toBe(status === 'recovering' ? undefined : purpose);
      expect(seen.nextSteps.join()).toContain(status === 'recovering' ? '' : 'silence means no');
    });
  });

  test.each([
    ['awaiting-approval', []],
    [
      'recovering',
      [{ at: 510, type: 'restore-point.decided' as const, detail: { name: 'Alice', reason: 'so' } }],
    ],
    ['recovering', [{ at: 810, type: 'restore-point.chosen' as const }]],
  ])('a proposed restore point: %s', (status, then) => {
    const proposal = {
      restoreTime: '2026-03-14T09:00:00Z',
      basis: 'culprit',
      reason: 'Just before it',
      preview: null,
      alternatives: [],
    };
    const asked: Happening = {
      at: 500,
      type: 'restore-point.proposed',
      detail: { required: 1, awaited: ['Alice'], expiresAt: '2026-03-14T10:00:00Z', proposal },
    };
    const seen = view([...UNTIL_APPROVAL.filter(({ at }) => at < 500), asked, ...then]);
    expect(seen.status).toBe(status);
    expect(seen.awaiting?.proposal).toEqual(status === 'recovering' ? undefined : proposal);
    if (status === 'awaiting-approval')
      expect(seen.nextSteps).toEqual([
        expect.stringContaining('Proposed: back to 2026-03-14T09:00:00Z: Just before it'),
        expect.stringContaining('silence takes the proposed one'),
      ]);
  });

  test('looking at the database again does not lead back to the assessment', () => {
    const again: Happening = { at: 1900, type: 'database.described' };
    expect(view([...UNTIL_APPROVAL, again]).status).toBe('awaiting-approval');
  });

  test('a hand-over that reached nobody is a hand-over', () => {
    expect(view([...opening(), { ...handOver, outcome: 'failed' }]).status).toBe('handed-over');
  });

  test('every view fits the contract of the API', () => {
    expect(() => IncidentView.parse(view(CRITICAL_INCIDENT))).not.toThrow();
    expect(() => IncidentView.parse(view(UNTIL_APPROVAL))).not.toThrow();
    expect(() => IncidentView.parse(view([...UNTIL_APPROVAL, denial, handOver]))).not.toThrow();
  });

  test('an unknown incident is an error that says so', () => {
    expect(() => projectIncident([])).toThrow(expect.objectContaining({ name: 'IncidentUnknown' }));
  });
});

describe('what is awaited', () => {
  test('names who counts and who may still decide', () => {
    const { awaiting, nextSteps } = view([...UNTIL_APPROVAL, approval(1500, 'Carol')]);
    expect(awaiting).toMatchObject({ required: 2, given: ['Carol'], awaited: ['Alice', 'Bob'] });
    expect(nextSteps).toEqual([expect.stringMatching(/^1 of 2 approvals .*Alice, Bob/)]);
  });

  test('an approval of an earlier round does not count for the next', () => {
    const second: Happening = { ...REQUEST, at: 2000 };
    const { awaiting } = view([...UNTIL_APPROVAL, approval(1500, 'Carol'), denial, second]);
    expect(awaiting?.given).toEqual([]);
  });

  test('nobody is awaited once it is over', () => {
    expect(view(CRITICAL_INCIDENT).awaiting).toBeNull();
    expect(view(CRITICAL_INCIDENT).nextSteps).toEqual([]);
  });

  test('a hand-over says what to do, with the clause of the SOP', () => {
    const undone: Happening = { at: 2000, type: 'cut-over.rolled-back' };
    expect(view([...UNTIL_APPROVAL, handOver, undone]).nextSteps).toEqual([
      expect.stringMatching(/^The cut-over is undone: .*database-recovery/),
    ]);
    expect(view([...UNTIL_APPROVAL, undone, { ...handOver, at: 2001 }]).nextSteps).toHaveLength(1);
    expect(view([...UNTIL_APPROVAL, denial, handOver]).nextSteps).toEqual([
      'trading: Resolve what the denial names (SOP 3)',
    ]);
  });
});

describe('severity and trading', () => {
  test('the gravest severity stands', () => {
    const raised: Happening = { at: 9, type: 'incident.severity-raised', detail: { severity: 'P1' } };
    expect(view([...opening('P3'), raised]).severity).toBe('P1');
    expect(view([...opening('P0'), raised]).severity).toBe('P0');
  });

  test('trading is as the last change left it', () => {
    expect(view(UNTIL_APPROVAL).trading).toEqual({ state: 'HALTED', since: '2026-03-14T09:26:54.900Z' });
    expect(view(CRITICAL_INCIDENT).trading?.state).toBe('ACTIVE');
    expect(view(opening('P2')).trading).toBeNull();
  });
});
