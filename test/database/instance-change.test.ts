import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as acquireRecoveryLease } from '../../functions/database/acquire-recovery-lease.ts';
import { handler as assessHeadroom } from '../../functions/database/assess-headroom.ts';
import { handler as changeInstance } from '../../functions/database/change-instance.ts';
import { handler as requestInstanceChange } from '../../functions/database/request-instance-change.ts';
import { startCloudWatch } from '../../infra/local/cloudwatch/cloudwatch.ts';
import { singleSample } from '../../infra/local/cloudwatch/metric.ts';
import { loadOf } from '../../infra/local/rds/instance-load.ts';
import { getInstance } from '../../shared/database/rds.ts';
import { dynamodbApprovals } from '../../shared/incident/dynamodb-approvals.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { putIfAbsent } from '../../shared/lambda/dynamodb.ts';
import { TRADING_STATE_KEY } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
let cloudWatch: Awaited<ReturnType<typeof startCloudWatch>>;
beforeAll(async () => {
  cloudWatch = await startCloudWatch({
    region: 'eu-central-1',
    accountId: '111111111111',
    timeScale: 1,
    authorize: () => undefined,
    messages: { publishToTopic: async () => undefined },
    emit: () => undefined,
  });
  process.env.AWS_ENDPOINT_URL_CLOUDWATCH = cloudWatch.address;
  process.env.CHANGE_POLICY = JSON.stringify({ instanceClasses: ['db.m7g.large', 'db.m7g.xlarge'] });
  database = await startRecoveryDatabase();
});
afterAll(async () => {
  await database.close();
  await cloudWatch.close();
});

const instance = () => {
  const found = database.rds.instances().find(({ identifier }) => identifier === LIVE);
  if (found === undefined) throw new Error(`${LIVE} is gone`);
  return found;
};
/** What RDS sends each minute, for five minutes up to so many ago. */
function sendLoad(until: number): void {
  for (let ago = until + 4; ago >= until; ago -= 1)
    for (const [name, value] of Object.entries(loadOf(instance())))
      cloudWatch.ingest([
        {
          metric: { namespace: 'AWS/RDS', name, dimensions: { DBInstanceIdentifier: LIVE } },
          sample: singleSample(Date.now() - ago * 60_000, value),
        },
      ]);
}
const available = () =>
  until('the instance is available', async () =>
    (await getInstance(LIVE)).DBInstanceStatus === 'available' ? true : undefined,
  );

describe('a class change', () => {
  it('is not proposed without data, nor while the instance has room', async () => {
    const nothingKnown = await invoke(assessHeadroom, STEP);
    expect(nothingKnown).toMatchObject({ findings: [], proposal: null, proposed: false, urgent: false });
    expect(nothingKnown.load.CPUUtilization).toBeNull();
    sendLoad(7);
    const atEase = await invoke(assessHeadroom, STEP);
    expect(atEase).toMatchObject({ findings: [], proposal: null });
    expect(atEase.load).toMatchObject({ CPUUtilization: 14, BurstBalance: null, 'EBSIOBalance%': 99 });
    expect(atEase.capacity).toMatchObject({
      instanceClass: 'db.m7g.large',
      iops: 3000,
      storageGibibytes: 100,
    });
  });

  it('is proposed when the processor has been busy, asked of RDS once, and done when RDS shows it', async () => {
    database.rds.outgrow(LIVE);
    sendLoad(0);
    const { proposal, words } = await invoke(assessHeadroom, STEP);
    expect(words).toEqual([expect.stringContaining('the processor is busy')]);
    expect(proposal?.instanceClass).toEqual({ from: 'db.m7g.large', to: 'db.m7g.xlarge' });
    await invoke(acquireRecoveryLease, STEP);
    const stranger = { ...STEP, executionId: `${STEP.executionId}-other`, proposal, asked: false };
    await expect(invoke(changeInstance, stranger)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
    const session = await database.tradingSession();
    const first = await invoke(changeInstance, { ...STEP, proposal, asked: false });
    expect(first).toMatchObject({ identifier: LIVE, asked: true, applied: false });
    expect((await getInstance(LIVE)).DBInstanceStatus).toBe('modifying');
    expect(await invoke(changeInstance, { ...STEP, proposal, asked: true })).toMatchObject({
      applied: false,
    });
    await available();
    await expect(session.query('SELECT 1')).rejects.toThrow();
    expect(await invoke(changeInstance, { ...STEP, proposal, asked: true })).toMatchObject({ applied: true });
    expect((await getInstance(LIVE)).DBInstanceClass).toBe('db.m7g.xlarge');
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(events.filter(({ type }) => type === 'instance-change.applied')).toHaveLength(1);
  });

  it('is not asked for a second time when RDS has dropped it', async () => {
    const proposal = {
      instanceClass: { from: 'db.m7g.xlarge', to: 'db.m7g.2xlarge' },
      storageGibibytes: null,
      iops: null,
      throughputMebibytes: null,
      interruption: 'a restart',
      reasons: [],
      urgent: false,
    };
    await expect(invoke(changeInstance, { ...STEP, proposal, asked: true })).rejects.toMatchObject({
      name: 'InstanceChangeRefused',
    });
    expect((await getInstance(LIVE)).DBInstanceClass).toBe('db.m7g.xlarge');
  });

  it('of the storage that RDS refuses is named', async () => {
    const proposal = {
      instanceClass: null,
      storageGibibytes: { from: 100, to: 2_000_000 },
      iops: null,
      throughputMebibytes: null,
      interruption: 'none',
      reasons: [],
      urgent: true,
    };
    await expect(invoke(changeInstance, { ...STEP, proposal, asked: false })).rejects.toMatchObject({
      name: 'InstanceChangeRefused',
      message: expect.stringContaining('StorageQuotaExceeded'),
    });
  });
});

describe('the request for approval', () => {
  it('opens a round of its own, and tells people that the platform is trading and what is interrupted', async () => {
    const topic = await database.pages();
    Object.assign(process.env, {
      APPROVERS: JSON.stringify([{ name: 'alice', arn: 'arn:aws:iam::111111111111:user/alice' }]),
      REQUIRED_APPROVALS: '1',
      CHANGE_WINDOW_SECONDS: '900',
    });
    await putIfAbsent(database.controlTable, {
      ...TRADING_STATE_KEY,
      state: 'ACTIVE',
      epoch: 1,
      changedAt: '2026-01-31T03:00:00Z',
      changedBy: { kind: 'machine', id: 'test' },
      reason: 'trading',
      incidentId: null,
    });
    const proposal = {
      instanceClass: { from: 'db.m7g.large', to: 'db.m7g.xlarge' },
      storageGibibytes: null,
      iops: null,
      throughputMebibytes: null,
      interruption: 'no connection for several minutes',
      reasons: ['the processor is busy to 99 %'],
      urgent: false,
    };
    const asked = await invoke(requestInstanceChange, { ...STEP, taskToken: 'token', proposal });
    expect(asked).toMatchObject({ required: 1, awaited: ['alice'], trading: 'ACTIVE' });
    expect(await dynamodbApprovals(database.controlTable).current(STEP.incidentId)).toMatchObject({
      purpose: 'instance-change',
      round: STEP.executionId,
      required: 1,
      status: 'open',
    });
    const [message] = await topic.messages();
    expect(message).toContain('THE PLATFORM IS TRADING');
    expect(message).toContain('no connection for several minutes');
    expect(message).toContain('silence means no');
    expect(message).not.toContain('token"');
  });
});
