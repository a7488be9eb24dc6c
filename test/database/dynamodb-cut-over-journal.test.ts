import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CutOverPlan } from '../../shared/database/cut-over.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

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

let standIns: RecoveryStandIns;
let incidents = 0;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());
const journalOf = (incidentId: string) =>
  dynamodbCutOverJournal(standIns.controlTable, incidentId, steppingClock('2026-01-31T03:05:08.000Z'));
const newJournal = () => {
  incidents += 1;
  return journalOf(`INC-20260131-0000000${incidents}`);
};

describe('the journal of a cut-over', () => {
  it('knows nothing before a plan', async () => {
    expect(await newJournal().read()).toBeUndefined();
  });

  it('gives the plan back after what was done on it', async () => {
    const journal = newJournal();
    await journal.plan(plan);
    await journal.note('intended', 'rename');
    await journal.note('done', 'rename');
    expect(await journal.read()).toEqual({
      plan,
      sourceClosed: false,
      rolledBack: false,
      confirmed: false,
      seenUndone: false,
    });
  });

  it('takes a look at undone instances back as soon as something is done again', async () => {
    const journal = newJournal();
    await journal.plan(plan);
    await journal.noteSeenUndone();
    expect(await journal.read()).toMatchObject({ seenUndone: true });
    await journal.note('intended', 'rename');
    expect(await journal.read()).toMatchObject({ seenUndone: false, rolledBack: false });
  });

  it.each([
    ['closing', true],
    ['closing closed', true],
    ['closing left-open', false],
    ['closing closing left-open', true],
    ['closing closed closing left-open', true],
    ['', false],
  ])('after "%s" says whether the source may be closed: %s', async (marks, closed) => {
    const journal = newJournal();
    await journal.plan(plan);
    for (const mark of marks.split(' ').filter(Boolean))
      await journal.noteClosing(mark as 'closing' | 'closed' | 'left-open');
    expect((await journal.read())?.sourceClosed).toBe(closed);
    await journal.plan({ ...plan, executionId: 'execution-2' });
    expect((await journal.read())?.sourceClosed).toBe(closed);
    await journal.close();
    expect((await journal.read())?.sourceClosed).toBe(false);
  });

  it('keeps a confirmation with its own plan', async () => {
    const journal = newJournal();
    await journal.plan(plan);
    await journal.noteConfirmed();
    expect((await journal.read())?.confirmed).toBe(true);
    await journal.plan(plan);
    expect((await journal.read())?.confirmed).toBe(false);
  });

  it('closes one plan and opens the next', async () => {
    const journal = newJournal();
    await journal.plan(plan);
    await journal.close();
    expect(await journal.read()).toMatchObject({ plan, rolledBack: true });
    const next = { ...plan, executionId: 'execution-2' };
    await journal.plan(next);
    expect(await journal.read()).toMatchObject({ plan: next, rolledBack: false });
  });

  it('keeps the incidents apart', async () => {
    await newJournal().plan(plan);
    expect(await newJournal().read()).toBeUndefined();
  });

  it('loses no line to another writer', async () => {
    const journal = newJournal();
    await journal.plan(plan);
    const outcomes = await Promise.allSettled([journal.note('intended', 'a'), journal.close()]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'ServiceUnavailable' });
    }
    await journal.close();
    expect(await journal.read()).toMatchObject({ rolledBack: true });
  });
});
