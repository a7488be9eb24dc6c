import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalRequest } from '../../shared/incident/api-contract.ts';
import { type DecidePorts, decide } from '../../shared/incident/decide.ts';
import { type ApprovalRound, dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { TaskGone } from '../../shared/lambda/step-functions.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());

const arn = (name: string) => `arn:aws:iam::111111111111:user/${name}`;
const approvers = ['alice', 'bob', 'carol'].map((name) => ({ name, arn: arn(name) }));

/** One open round with the answers that the waiting task got. */
async function openRound(incidentId: string, changes: Partial<ApprovalRound> = {}) {
  const clock = steppingClock('2026-01-31T04:00:00.000Z');
  const answers: string[] = [];
  const round: ApprovalRound = {
    incidentId,
    purpose: 'resume-trading',
    round: 'execution-1',
    taskToken: 'token-1',
    requestedAt: '2026-01-31T04:00:00.000Z',
    expiresAt: '2026-01-31T04:30:00.000Z',
    required: 2,
    initiatorName: null,
    tradingEpoch: 1,
    status: 'open',
    ...changes,
  };
  const ports: DecidePorts = {
    approvers,
    approvals: dynamodbApprovals(standIns.controlTable),
    timeline: dynamodbTimeline(standIns.timelineTable, clock),
    answerTask: {
      succeed: async (token, output) => {
        if (answers.length > 0) throw new TaskGone('answered');
        const { restorePoint } = output as { restorePoint?: string | null };
        answers.push(`success ${token}${restorePoint === undefined ? '' : ` ${restorePoint}`}`);
      },
      fail: async (token, error) => {
        if (answers.length > 0) throw new TaskGone('answered');
        answers.push(`failure ${token} ${error}`);
      },
    },
    clock,
  };
  await ports.approvals.open(round, null);
  const say = (name: string, decision: 'approve' | 'deny' = 'approve', reason = 'the proof is sound') =>
    decide({ incidentId, purpose: 'resume-trading', callerArn: arn(name), decision, reason }, ports);
  /** Answers a proposed restore point; without one, accepts it. */
  const give = (name: string, restorePoint?: string, decision: 'approve' | 'deny' = 'approve') =>
    decide(
      {
        incidentId,
        purpose: 'restore-point',
        callerArn: arn(name),
        decision,
        reason: 'I saw it',
        ...(restorePoint !== undefined && { restorePoint }),
      },
      ports,
    );
  return { ports, clock, answers, say, give };
}

describe('deciding about resuming', () => {
  it('lets trading resume after the second person, not after the first', async () => {
    const { say, answers } = await openRound('INC-20260131-00000010');
    expect(await say('alice')).toMatchObject({
      outcome: 'awaiting-more',
      approvals: { awaited: ['bob', 'carol'] },
    });
    expect(answers).toEqual([]);
    expect(await say('bob')).toMatchObject({ outcome: 'approved', approvals: { given: ['alice', 'bob'] } });
    expect(answers).toEqual(['success token-1']);
  });

  it('counts nobody twice: a repeated approval changes nothing', async () => {
    const { say, answers, ports } = await openRound('INC-20260131-00000011');
    await say('alice');
    expect(await say('alice')).toMatchObject({ outcome: 'awaiting-more' });
    expect(answers).toEqual([]);
    expect(await ports.timeline.read('INC-20260131-00000011')).toHaveLength(1);
  });

  it('ends on the first denial', async () => {
    const { say, answers } = await openRound('INC-20260131-00000012');
    await say('alice');
    expect(await say('bob', 'deny', 'balances look wrong')).toMatchObject({ outcome: 'denied' });
    expect(answers).toEqual(['failure token-1 ApprovalDenied']);
    await expect(say('carol')).rejects.toMatchObject({ status: 409, problemName: 'ApprovalDecided' });
  });

  it('does not let a person change their mind', async () => {
    const { say } = await openRound('INC-20260131-00000013');
    await say('alice');
    await expect(say('alice', 'deny')).rejects.toMatchObject({ status: 409, problemName: 'AlreadyDecided' });
  });

  it('completes on a repeat what an interruption left between recording and answering', async () => {
    const { ports, say, answers } = await openRound('INC-20260131-00000014');
    await say('alice');
    const interrupted = {
      ...ports,
      answerTask: { ...ports.answerTask, succeed: () => Promise.reject(new Error('cut off')) },
    };
    await expect(
      decide(
        {
          incidentId: 'INC-20260131-00000014',
          purpose: 'resume-trading',
          callerArn: arn('bob'),
          decision: 'approve',
          reason: 'sound',
        },
        interrupted,
      ),
    ).rejects.toThrow('cut off');
    expect(await say('bob')).toMatchObject({ outcome: 'approved' });
    expect(answers).toEqual(['success token-1']);
  });

  it('answers the task once when two people decide at the same moment', async () => {
    const { say, answers } = await openRound('INC-20260131-00000015');
    await Promise.all([say('alice'), say('bob')]);
    expect(answers).toEqual(['success token-1']);
  });

  it('says so when nobody waits for the decision any more', async () => {
    const { ports, say } = await openRound('INC-20260131-00000019');
    const gone = {
      ...ports,
      answerTask: { ...ports.answerTask, succeed: () => Promise.reject(new TaskGone('timed out')) },
    };
    await say('alice');
    await expect(
      decide(
        {
          incidentId: 'INC-20260131-00000019',
          purpose: 'resume-trading',
          callerArn: arn('bob'),
          decision: 'approve',
          reason: 'late',
        },
        gone,
      ),
    ).rejects.toMatchObject({ status: 409, problemName: 'NobodyWaits' });
  });

  it.each([
    ['a stranger', arn('mallory'), 403, 'NotAnApprover'],
    ['an unsigned caller', null, 403, 'NotAnApprover'],
  ])('refuses %s', async (_who, callerArn, status, problemName) => {
    const { ports } = await openRound('INC-20260131-00000016');
    await expect(
      decide(
        {
          incidentId: 'INC-20260131-00000016',
          purpose: 'resume-trading',
          callerArn,
          decision: 'approve',
          reason: 'let me',
        },
        ports,
      ),
    ).rejects.toMatchObject({ status, problemName });
  });

  it('refuses after the deadline', async () => {
    const { say, clock } = await openRound('INC-20260131-00000017');
    clock.advance(30 * 60 + 1);
    await expect(say('alice')).rejects.toMatchObject({ status: 409, problemName: 'ApprovalExpired' });
  });

  it('refuses where nothing was asked', async () => {
    const { ports } = await openRound('INC-20260131-00000018');
    await expect(
      decide(
        {
          incidentId: 'INC-20260131-99999999',
          purpose: 'resume-trading',
          callerArn: arn('alice'),
          decision: 'approve',
          reason: 'early',
        },
        ports,
      ),
    ).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ['resume-trading', 'salvage', 'INC-20260131-00000051', 'approval.given'],
    ['salvage', 'instance-change', 'INC-20260131-00000052', 'salvage.approved'],
    ['instance-change', 'resume-trading', 'INC-20260131-00000053', 'instance-change.approved'],
  ] as const)(
    'counts no answer to another question than the one that is asked: %s',
    async (purpose, other, incidentId, type) => {
      const { ports, answers } = await openRound(incidentId, { purpose, required: 1 });
      const request = { incidentId, callerArn: arn('bob'), decision: 'approve', reason: 'sound' } as const;
      await expect(decide({ ...request, purpose: other }, ports)).rejects.toMatchObject({
        status: 409,
        message: expect.stringContaining('purpose'),
      });
      expect(answers).toEqual([]);
      await decide({ ...request, purpose }, ports);
      const [event] = (await ports.timeline.read(incidentId)).slice(-1);
      expect(event?.type).toBe(type);
    },
  );
});

describe('deciding about a restore point', () => {
  const proposed = {
    purpose: 'restore-point' as const,
    required: 1,
    pointRules: {
      window: {
        earliestRestorableTime: '2026-01-30T00:00:00.000Z',
        latestRestorableTime: '2026-01-31T03:55:00.000Z',
      },
      culprit: { committedAt: '2026-01-31T03:58:00.500000Z', reason: 'Transaction 9 deleted 4 rows' },
    },
  };

  it('is accepted by one person', async () => {
    const { give, answers, ports } = await openRound('INC-20260131-00000061', proposed);
    expect(await give('alice')).toMatchObject({ outcome: 'approved' });
    expect(answers).toEqual(['success token-1 null']);
    const [event] = await ports.timeline.read('INC-20260131-00000061');
    expect(event).toMatchObject({
      type: 'restore-point.decided',
      summary: 'alice agrees to go back to the proposed restore point: I saw it',
      detail: { name: 'alice', reason: 'I saw it', restorePoint: null },
    });
  });

  it('is replaced by the one that a person gives, to the microsecond', async () => {
    const { give, answers, ports } = await openRound('INC-20260131-00000062', proposed);
    await give('bob', '2026-01-31T03:57:59.123456Z');
    expect(answers).toEqual(['success token-1 2026-01-31T03:57:59.123456Z']);
    const [event] = await ports.timeline.read('INC-20260131-00000062');
    expect(event).toMatchObject({
      summary: 'bob gives the restore point 2026-01-31T03:57:59.123456Z: I saw it',
      detail: { restorePoint: '2026-01-31T03:57:59.123456Z' },
    });
  });

  it.each([
    ['before all backups', '2026-01-29T23:59:59Z', 'RestorePointTooOld'],
    ['at which the damage was done', '2026-01-31T03:58:01Z', 'RestorePointAfterAccident'],
    ['in the future', '2026-01-31T05:00:00Z', 'RestorePointInFuture'],
  ])(
    'that lies %s is refused by its name, and the request stays open',
    async (_where, point, problemName) => {
      const incidentId = `INC-20260131-0000007${problemName.length % 10}`;
      const { give, answers, ports } = await openRound(incidentId, proposed);
      await expect(give('alice', point)).rejects.toMatchObject({
        status: 422,
        problemName,
        fields: [{ field: 'body.restorePoint', detail: expect.stringContaining('RDS can restore from') }],
      });
      expect(answers).toEqual([]);
      expect(await ports.timeline.read(incidentId)).toEqual([]);
      await give('alice', '2026-01-31T03:57:00Z');
      expect(answers).toEqual(['success token-1 2026-01-31T03:57:00Z']);
    },
  );

  it('is the one of whoever is faster; the other is told so', async () => {
    const { give, answers } = await openRound('INC-20260131-00000064', proposed);
    const both = await Promise.allSettled([
      give('alice', '2026-01-31T03:57:00Z'),
      give('bob', '2026-01-31T03:56:00Z'),
    ]);
    expect(answers).toHaveLength(1);
    const refused = both.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { status: 409, problemName: 'ApprovalDecided' } }]);
    const taken = both[0]?.status === 'fulfilled' ? '03:57:00Z' : '03:56:00Z';
    expect(answers[0]).toContain(taken);
  });

  it('cannot be changed by whoever gave it', async () => {
    const { give } = await openRound('INC-20260131-00000065', proposed);
    await give('alice', '2026-01-31T03:57:00Z');
    await expect(give('alice', '2026-01-31T03:56:00Z')).rejects.toMatchObject({
      problemName: 'AlreadyDecided',
    });
    expect(await give('alice', '2026-01-31T03:57:00Z')).toMatchObject({ outcome: 'approved' });
  });

  it('is not decided any more once silence has taken it', async () => {
    const { give, answers, ports } = await openRound('INC-20260131-00000066', proposed);
    await ports.approvals.expire('INC-20260131-00000066', 'another-execution');
    await ports.approvals.expire('INC-20260131-00000066', 'execution-1');
    await expect(give('alice')).rejects.toMatchObject({ status: 409, problemName: 'ApprovalDecided' });
    expect(answers).toEqual([]);
  });

  it('that is denied restores nothing', async () => {
    const { give, answers } = await openRound('INC-20260131-00000067', proposed);
    await give('alice', undefined, 'deny');
    expect(answers).toEqual(['failure token-1 ApprovalDenied']);
  });

  it.each([
    [{ purpose: 'salvage', decision: 'approve' }],
    [{ purpose: 'restore-point', decision: 'deny' }],
    [{ decision: 'approve' }],
  ])('is given with the decision that it belongs to: %j', (said) => {
    const parsed = ApprovalRequest.safeParse({
      ...said,
      reason: 'sound',
      restorePoint: '2026-01-31T03:57:00Z',
    });
    expect(parsed.error?.issues).toMatchObject([{ path: ['restorePoint'] }]);
  });
});
