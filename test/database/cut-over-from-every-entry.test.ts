import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as confirmCutOver } from '../../functions/database/confirm-cut-over.ts';
import { handler as endSourceSessions } from '../../functions/database/end-source-sessions.ts';
import { handler as fenceSource } from '../../functions/database/fence-source.ts';
import { handler as findBegunCutOver } from '../../functions/database/find-begun-cut-over.ts';
import { handler as proveFence } from '../../functions/database/prove-fence.ts';
import { handler as renameRestored } from '../../functions/database/rename-restored.ts';
import { handler as renameSource } from '../../functions/database/rename-source.ts';
import { handler as reopenSource } from '../../functions/database/reopen-source.ts';
import { handler as rollBackCutOver } from '../../functions/database/roll-back-cut-over.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import type { RestoredProof } from '../../shared/database/proof.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';
import { type DyingProcess, startDyingProcess } from './fixtures/dying-process.ts';

const COPY = `${LIVE}-restored-0a1b2c3d`;
const RESTORE_TIME = '2026-01-31T03:05:07Z';
/** Writes of the journal and changes of RDS that a whole cut-over takes: the plan, a line before and after each change and the closing, the confirmation. */
const EFFECTS = 13;

let database: RecoveryDatabase;
let recovery: DyingProcess;
let proof: RestoredProof;
let swap: Record<
  'sourceIdentifier' | 'sourceResourceId' | 'restoredIdentifier' | 'restoredResourceId',
  string
>;
let incidentId: string;
let count = 0;

beforeAll(async () => {
  database = await startRecoveryDatabase({}, async () => {
    recovery = await startDyingProcess();
  });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const source = await database.instance();
  const copy = await database.addCopy(COPY);
  swap = {
    sourceIdentifier: LIVE,
    sourceResourceId: source.resourceId,
    restoredIdentifier: COPY,
    restoredResourceId: copy.resourceId,
  };
  const [{ system } = { system: '' }] = await database.sql<{ system: string }>(
    'SELECT system_identifier::text AS system FROM pg_control_system()',
    COPY,
  );
  proof = {
    provenAt: '2026-01-31T03:20:00Z',
    databaseIdentifier: COPY,
    systemIdentifier: system,
    timelineId: 1,
    checks: [],
    layerTimes: [],
    counts: {},
    latestTradeAt: null,
    lastCommitAt: null,
    newestCommitAt: null,
    firstExcludedCommitAt: null,
    restoreTime: RESTORE_TIME,
    sourceLastCommitAt: null,
    rowsAfterPoint: null,
    transactionsAfterPoint: null,
  };
});
afterAll(async () => {
  vi.restoreAllMocks();
  await recovery.close();
  await database.close();
});
beforeEach(async () => {
  count += 1;
  incidentId = `INC-20260131-${String(count).padStart(8, '0')}`;
  await dynamodbProofs('control').storeRestored(incidentId, proof);
});

/** Waits as the state machine does. */
const settled = () =>
  until('RDS is done', () =>
    database.rds.instances().every(({ status }) => status === 'available') ? true : undefined,
  );

async function patiently<Output>(
  handler: (event: never, context: never) => Promise<Output>,
  input: object,
): Promise<Output> {
  return until('the instance takes the change', async () => {
    await settled();
    try {
      return { output: await invoke(handler, input) };
    } catch (error) {
      if ((error as Error).name === 'DatabaseInstanceBusy') return undefined;
      throw error;
    }
  }).then(({ output }) => output);
}

/** The states of the machine from the fence to the confirmation. */
async function cutOver(executionId: string): Promise<void> {
  const self = { incidentId, executionId };
  await patiently<unknown>(fenceSource, { ...self, ...swap });
  await settled();
  const instance = await database.instance(database.nameOf(swap.sourceResourceId));
  await patiently(endSourceSessions, { ...self, instance });
  await patiently(proveFence, { ...self, instance });
  await patiently(renameSource, { ...self, ...swap });
  await patiently(renameRestored, { ...self, ...swap });
  await settled();
  await invoke(confirmCutOver, { ...self, instance: await database.instance() });
}

async function rollBack(executionId: string): Promise<void> {
  await until('the cut-over is undone', async () => {
    await settled();
    const { done, instance } = await invoke(rollBackCutOver, { incidentId, executionId });
    if (instance !== null) await invoke(reopenSource, { incidentId, executionId, instance });
    return done ? true : undefined;
  });
  await settled();
}

/** An execution that dies after so many effects; its lease is left behind, and taken over because it runs no more. */
async function dyingExecution(executionId: string, effects: number): Promise<void> {
  recovery.live(effects);
  const death = await cutOver(executionId).catch((error: Error) => error);
  recovery.live(Number.POSITIVE_INFINITY);
  expect(death === undefined).toBe(effects >= EFFECTS);
}

async function takeUp(executionId: string, begunCutOver?: string) {
  await dynamodbRecoveryLease('control', systemClock).acquire({ incidentId, executionId }, async () => false);
  return invoke(findBegunCutOver, {
    incidentId,
    executionId,
    request: { restorePoint: null, ...(begunCutOver !== undefined && { begunCutOver }) },
  });
}

/** The production name leads to this instance, which takes the orders of a trading service. */
async function expectTradable(resourceId: string): Promise<void> {
  expect((await database.instance()).resourceId).toBe(resourceId);
  const trader = await database.tradingSession();
  const { rowCount } = await trader.query('UPDATE user_sessions SET last_seen_at = now() WHERE id = 1');
  expect(rowCount).toBe(1);
  await trader.end();
}

async function expectUndone(): Promise<void> {
  expect(database.nameOf(swap.restoredResourceId)).toBe(COPY);
  const source = database.rds.instances().find(({ resourceId }) => resourceId === swap.sourceResourceId);
  expect(source).toMatchObject({ identifier: LIVE, securityGroupIds: ['sg-database'] });
  await expectTradable(swap.sourceResourceId);
}

/** For the next test. */
async function putBack(executionId: string): Promise<void> {
  await rollBack(executionId);
  await dynamodbRecoveryLease('control', systemClock).release(executionId);
}

const entries = Array.from({ length: EFFECTS }, (_, effects) => effects);

describe('a cut-over whose execution dies', () => {
  it(`has ${EFFECTS} moments at which it can`, async () => {
    recovery.live(Number.POSITIVE_INFINITY);
    await takeUp('execution-1');
    await cutOver('execution-1');
    expect(recovery.effects()).toBe(EFFECTS);
    await expectTradable(swap.restoredResourceId);
    await putBack('execution-1');
    await expectUndone();
  });

  it.each(entries)('after %i effects is finished by the next execution', async (effects) => {
    await takeUp('execution-1');
    await dyingExecution('execution-1', effects);
    const begun = await takeUp('execution-2');
    expect(begun.start).toBe(effects === 0 ? 'restore' : 'continue');
    if (effects > 0)
      expect(begun.cutOver?.source.instance).toEqual({ identifier: LIVE, resourceId: swap.sourceResourceId });
    await cutOver('execution-2');
    await expectTradable(swap.restoredResourceId);
    expect((await takeUp('execution-2')).start).toBe('restore');
    await putBack('execution-2');
    await expectUndone();
  });

  it.each(entries)('after %i effects is undone by the next execution', async (effects) => {
    await takeUp('execution-1');
    await dyingExecution('execution-1', effects);
    expect((await takeUp('execution-2', 'roll-back')).start).toBe('roll-back');
    await rollBack('execution-2');
    await expectUndone();
    expect((await takeUp('execution-3')).start).toBe('restore');
    await putBack('execution-3');
  });

  it.each(entries)('after %i effects and again on the way back is undone by a third', async (effects) => {
    await takeUp('execution-1');
    await dyingExecution('execution-1', effects);
    await takeUp('execution-2', 'roll-back');
    recovery.live(2);
    await rollBack('execution-2').catch(() => undefined);
    recovery.live(Number.POSITIVE_INFINITY);
    await takeUp('execution-3', 'roll-back');
    await rollBack('execution-3');
    await expectUndone();
    await putBack('execution-3');
  });
});
