import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
      succeed: async (token) => {
        if (answers.length > 0) throw new TaskGone('answered');
        answers.push(`success ${token}`);
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
  return { ports, clock, answers, say };
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

  it.each(['resume-trading', 'salvage'] as const)(
    'counts no answer to another question than the one that is asked: %s',
    async (purpose) => {
      const incidentId = purpose === 'salvage' ? 'INC-20260131-00000051' : 'INC-20260131-00000052';
      const { ports, answers } = await openRound(incidentId, { purpose, required: 1 });
      const request = { incidentId, callerArn: arn('bob'), decision: 'approve', reason: 'sound' } as const;
      const other = purpose === 'salvage' ? 'resume-trading' : 'salvage';
      await expect(decide({ ...request, purpose: other }, ports)).rejects.toMatchObject({
        status: 409,
        message: expect.stringContaining('purpose'),
      });
      expect(answers).toEqual([]);
      await decide({ ...request, purpose }, ports);
      const [event] = (await ports.timeline.read(incidentId)).slice(-1);
      expect(event?.type).toBe(purpose === 'salvage' ? 'salvage.approved' : 'approval.given');
    },
  );
});
