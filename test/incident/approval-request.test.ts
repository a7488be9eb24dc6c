import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestApproval } from '../../shared/incident/approval-request.ts';
import { type ApprovalRound, dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
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

const clock = steppingClock('2026-01-31T04:10:00.000Z');
const round = (
  incidentId: string,
  execution: string,
  changes: Partial<ApprovalRound> = {},
): ApprovalRound => ({
  incidentId,
  purpose: 'resume-trading',
  round: execution,
  taskToken: `token of ${execution}`,
  requestedAt: '2026-01-31T04:00:00.000Z',
  expiresAt: '2026-01-31T04:30:00.000Z',
  required: 2,
  initiatorName: null,
  tradingEpoch: 1,
  status: 'open',
  ...changes,
});
const ask = (one: ApprovalRound, running = true) =>
  requestApproval(one, dynamodbApprovals(standIns.controlTable), async () => running, clock);
const current = (incidentId: string) => dynamodbApprovals(standIns.controlTable).current(incidentId);

describe('asking for approval', () => {
  it('leaves the votes with the execution that asks already', async () => {
    await ask(round('INC-20260131-00000030', 'first'));
    await expect(ask(round('INC-20260131-00000030', 'second'))).rejects.toMatchObject({
      name: 'ApprovalAlreadyRequested',
    });
    expect(await current('INC-20260131-00000030')).toMatchObject({ round: 'first' });
  });

  it('may be repeated by the same execution', async () => {
    await ask(round('INC-20260131-00000031', 'first'));
    await ask(round('INC-20260131-00000031', 'first', { taskToken: 'newer' }));
    expect(await current('INC-20260131-00000031')).toMatchObject({ taskToken: 'newer' });
  });

  it.each([
    ['was stopped', 'INC-20260131-00000041', {}, false],
    ['was denied', 'INC-20260131-00000042', { status: 'denied' as const }, true],
    ['has expired', 'INC-20260131-00000043', { expiresAt: '2026-01-31T04:05:00.000Z' }, true],
  ])('takes the place of an execution that %s', async (_what, incidentId, changes, running) => {
    await ask(round(incidentId, 'first', changes));
    await ask(round(incidentId, 'second'), running);
    expect(await current(incidentId)).toMatchObject({ round: 'second' });
  });

  it('lets one of two win that ask at the same moment', async () => {
    const asked = await Promise.allSettled([
      ask(round('INC-20260131-00000032', 'first')),
      ask(round('INC-20260131-00000032', 'second')),
    ]);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
