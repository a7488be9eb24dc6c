import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as chooseRestorePoint } from '../../functions/database/choose-restore-point.ts';
import type { Baseline } from '../../shared/database/baseline.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { type RecoveryStandIns, startRecoveryStandIns } from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
let incidents = 0;
let incidentId: string;
let identifier: string;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  Object.assign(process.env, {
    TIMELINE_TABLE: standIns.timelineTable,
    CONTROL_TABLE: standIns.controlTable,
    RESTORE_POINT_WINDOW_SECONDS: '300',
  });
});
afterAll(() => standIns.close());
beforeEach(() => {
  incidents += 1;
  incidentId = `INC-20260131-${String(incidents).padStart(8, '0')}`;
  identifier = `orders-${incidents}`;
});

/** Takes three seconds from the clock reading to the snapshot, so that the two cannot be mixed up. */
async function baseline(observedAt: string, good: boolean): Promise<void> {
  const snapshotAt = `${new Date(Date.parse(observedAt) + 3000).toISOString().slice(0, -1)}000Z`;
  const stored: Baseline = {
    databaseIdentifier: identifier,
    observedAt,
    snapshotAt,
    settledBefore: observedAt,
    counts: {},
    settledCounts: {},
    openPositions: 0,
    latestTradeAt: null,
    lastCommitAt: null,
    nextTransactionId: '1',
    activeSessions: 0,
    invariants: {},
    good,
    reasons: good ? [] : ['RowsLost'],
  };
  await dynamodbBaselines(standIns.controlTable, identifier).store(stored);
}
const assessed = (faultNotBefore: string | null, faultNotAfter: string) =>
  dynamodbTimeline(standIns.timelineTable, systemClock).append({
    incidentId,
    key: 'assessment',
    type: 'integrity.assessed',
    occurredAt: faultNotAfter,
    actor: { kind: 'machine', id: 'AssessIntegrity' },
    step: '2',
    outcome: 'succeeded',
    summary: 'Rows are lost',
    detail: { status: 'violated', reason: 'Rows are lost', faultNotBefore, faultNotAfter },
  });
/** As a Catch gives it when the window is over. */
const NOBODY_IN_TIME = { Error: 'States.Timeout', Cause: '' };
const choose = (overrides: object = {}, latestRestorableTime: string | null = '2026-01-31T04:00:00.000Z') =>
  chooseRestorePoint(
    {
      incidentId,
      executionId: 'execution-1',
      executionStartedAt: '2026-01-31T03:10:00.000Z',
      restorePoint: null,
      search: null,
      answer: NOBODY_IN_TIME,
      instance: {
        identifier,
        resourceId: 'db-SOURCE',
        status: 'available',
        host: null,
        port: null,
        engineVersion: '18.4',
        latestRestorableTime,
        earliestRestorableTime: '2026-01-30T00:00:00.000Z',
      },
      ...overrides,
    } as never,
    {} as never,
    undefined as never,
  ) as unknown as Promise<Record<string, unknown>>;

const culprit = {
  xid: '9',
  committedAt: '2026-01-31T03:02:30.000001Z',
  tables: [{ table: 'public.trades', deleted: 4, updated: 0, inserted: 0, storage: 'kept' }],
  evidence: 'wal',
  confidence: 'certain',
  reason: 'Transaction 9 deleted 4 rows of public.trades',
};
const found = {
  madeFor: null,
  culprit,
  suspects: [],
  reason: culprit.reason,
  proposedPoint: '2026-01-31T03:02:30Z',
  preview: {
    restoreTime: '2026-01-31T03:02:30Z',
    transactions: 3,
    rows: { 'public.trades': 3 },
    lastCommitAt: '2026-01-31T03:02:31.500000Z',
    rpoSeconds: 1.5,
  },
};

describe('the chosen restore point', () => {
  it('is the last good baseline before the first bad one, between the baselines that prove it', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await baseline('2026-01-31T03:02:00.500000Z', true);
    await baseline('2026-01-31T03:03:00.500000Z', false);
    await assessed('2026-01-31T03:02:00.500000Z', '2026-01-31T03:03:00.500000Z');
    expect(await choose()).toMatchObject({
      basis: 'baseline',
      chosenAt: '2026-01-31T03:02:00.500000Z',
      restoreTime: '2026-01-31T03:02:00Z',
      restorable: true,
      baselineBefore: '2026-01-31T03:01:00.500000Z',
      baselineAfter: '2026-01-31T03:02:00.500000Z',
    });
  });

  it('is before the trouble even if a baseline after it broke no rule', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await baseline('2026-01-31T03:04:00.500000Z', true);
    await assessed('2026-01-31T03:01:00.500000Z', '2026-01-31T03:03:00.000000Z');
    expect(await choose()).toMatchObject({ chosenAt: '2026-01-31T03:01:00.500000Z' });
  });

  it('is never a bad observation, nor one that was still being made when the trouble was seen', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await baseline('2026-01-31T03:02:59.000000Z', true);
    await baseline('2026-01-31T03:03:00.000000Z', false);
    await assessed(null, '2026-01-31T03:03:00.000000Z');
    expect(await choose()).toMatchObject({ chosenAt: '2026-01-31T03:01:00.500000Z' });
  });

  it('without an assessment is the last good baseline before the recovery began, however often it is asked for', async () => {
    await baseline('2026-01-31T03:09:00.500000Z', true);
    const first = await choose();
    await baseline('2026-01-31T03:10:30.500000Z', true);
    expect(await choose()).toMatchObject({ chosenAt: first.chosenAt });
    expect(first.chosenAt).toBe('2026-01-31T03:09:00.500000Z');
  });

  it('of an operator is proven by the baselines around it', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await baseline('2026-01-31T03:02:00.500000Z', true);
    expect(await choose({ restorePoint: '2026-01-31T03:01:30.123456Z' })).toMatchObject({
      basis: 'operator',
      restoreTime: '2026-01-31T03:01:30Z',
      baselineBefore: '2026-01-31T03:01:00.500000Z',
      baselineAfter: '2026-01-31T03:02:00.500000Z',
    });
  });

  it('is the second before the culprit where one was found, with what would be lost', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await baseline('2026-01-31T03:02:00.500000Z', true);
    await assessed('2026-01-31T03:02:00.500000Z', '2026-01-31T03:03:00.500000Z');
    expect(await choose({ search: found })).toMatchObject({
      basis: 'culprit',
      chosenAt: culprit.committedAt,
      restoreTime: '2026-01-31T03:02:30Z',
      baselineBefore: '2026-01-31T03:02:00.500000Z',
      preview: found.preview,
    });
  });

  it('of an operator has the preview that was made for it, and no other', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    const elsewhere = await choose({
      search: { ...found, madeFor: '2026-01-31T03:01:30Z' },
      restorePoint: '2026-01-31T03:01:30Z',
    });
    expect(elsewhere).toMatchObject({ basis: 'operator', preview: null });
    const same = await choose({ search: found, restorePoint: '2026-01-31T05:02:30.000000+02:00' });
    expect(same).toMatchObject({ chosenAt: '2026-01-31T03:02:30.000000Z', preview: found.preview });
  });

  it('of an operator is refused when the damage would come back with it', async () => {
    await expect(choose({ search: found, restorePoint: '2026-01-31T03:02:31Z' })).rejects.toMatchObject({
      name: 'RestorePointAfterAccident',
      message: expect.stringContaining(
        'RDS can restore from 2026-01-30T00:00:00.000Z to 2026-01-31T04:00:00.000Z',
      ),
    });
  });

  it('of an operator without its zone is refused by its name', async () => {
    await expect(choose({ restorePoint: '2026-01-31T03:02:31' })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('restorePoint: must be a time with its zone'),
    });
  });

  it('cannot be had without a baseline, and says what to give', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', false);
    await expect(choose()).rejects.toMatchObject({ name: 'NoRestorePoint' });
  });

  it('is noted once while it is awaited, and once when RDS can restore to it', async () => {
    const soon = new Date(Date.now() - 60_000).toISOString();
    const waiting = { restorePoint: soon, executionStartedAt: soon };
    const behind = new Date(Date.parse(soon) - 60_000).toISOString();
    expect(await choose(waiting, behind)).toMatchObject({ restorable: false });
    expect(await choose(waiting, behind)).toMatchObject({ restorable: false });
    expect(await choose(waiting, soon)).toMatchObject({ restorable: true });
    const events = await dynamodbTimeline(standIns.timelineTable, systemClock).read(incidentId);
    expect(events.map(({ type, detail }) => [type, detail.restorable])).toEqual([
      ['restore-point.chosen', false],
      ['restore-point.chosen', true],
    ]);
  });
});

describe('asking people about it', () => {
  const chosenEvents = async () =>
    (await dynamodbTimeline(standIns.timelineTable, systemClock).read(incidentId)).filter(
      ({ type }) => type === 'restore-point.chosen',
    );

  it('comes before anything is chosen, and once', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    expect(await choose({ search: found, answer: null })).toMatchObject({ ask: true, basis: 'culprit' });
    expect(await chosenEvents()).toEqual([]);
    expect(await choose({ search: found })).toMatchObject({
      ask: false,
      reason: expect.stringContaining('Nobody gave another in time: silence takes the proposed one'),
    });
    expect(await chosenEvents()).toHaveLength(1);
  });

  it('is needless for a point that somebody gave', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    expect(await choose({ restorePoint: '2026-01-31T03:01:30Z', answer: null })).toMatchObject({
      ask: false,
    });
  });

  it('never keeps the restore from going on when it fails', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    expect(await choose({ answer: { Error: 'ServiceUnavailable', Cause: '' } })).toMatchObject({
      ask: false,
      reason: expect.stringContaining('Nobody could be asked (ServiceUnavailable)'),
    });
  });

  it('names who accepted it, and who gave another, with the reason', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    const accepted = await choose({
      search: found,
      answer: { approvedBy: ['alice'], reason: 'looks right' },
    });
    expect(accepted.reason).toContain('alice accepted it: looks right');
    await dynamodbTimeline(standIns.timelineTable, systemClock).append({
      incidentId,
      key: 'decision',
      type: 'restore-point.decided',
      occurredAt: '2026-01-31T03:11:00.000Z',
      actor: { kind: 'person', id: 'arn:aws:iam::111111111111:user/bob' },
      step: '-',
      outcome: 'succeeded',
      summary: 'bob gives another',
      detail: { name: 'bob', reason: 'I saw it', restorePoint: '2026-01-31T03:01:30.500000Z' },
    });
    expect(await choose({ restorePoint: '2026-01-31T03:01:30.500000Z', answer: null })).toMatchObject({
      ask: false,
      basis: 'operator',
      reason: 'bob asked for 2026-01-31T03:01:30.500000Z (I saw it)',
    });
  });

  it('is overruled by a request that came with another signal, for which the search is made anew', async () => {
    await baseline('2026-01-31T03:01:00.500000Z', true);
    await dynamodbTimeline(standIns.timelineTable, systemClock).append({
      incidentId,
      key: 'request',
      type: 'restore-point.requested',
      occurredAt: '2026-01-31T03:11:00.000Z',
      actor: { kind: 'claimed-person', id: 'carol' },
      step: 'PITR target',
      outcome: 'succeeded',
      summary: 'carol asks',
      detail: { name: 'carol', reason: 'the prices were wrong before', restorePoint: '2026-01-31T03:01:30Z' },
    });
    expect(await choose({ search: found })).toMatchObject({ searchAgain: true });
    expect(await chosenEvents()).toEqual([]);
    const anew = { ...found, madeFor: '2026-01-31T03:01:30Z' };
    expect(await choose({ search: anew, answer: null })).toMatchObject({
      searchAgain: false,
      ask: false,
      reason: 'carol asked for 2026-01-31T03:01:30Z (the prices were wrong before)',
    });
    expect(await chosenEvents()).toMatchObject([{ detail: { readUntil: 1 } }]);
    // Read once: a later restore of the same incident begins from what it is given itself.
    expect(await choose({ search: found })).toMatchObject({ basis: 'culprit', searchAgain: false });
  });
});
