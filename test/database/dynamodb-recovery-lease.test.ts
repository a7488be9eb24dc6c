import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbRecoveryLease, type RecoveryLeases } from '../../shared/database/dynamodb-recovery-lease.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

const first = { incidentId: 'INC-20260131-0a1b2c3d', executionId: 'execution-1' };
const second = { incidentId: 'INC-20260131-4e5f6071', executionId: 'execution-2' };
const third = { incidentId: 'INC-20260131-8293a4b5', executionId: 'execution-3' };
const running = () => Promise.resolve(true);
const ended = () => Promise.resolve(false);

let standIns: RecoveryStandIns;
let leases: RecoveryLeases;
let clock: ReturnType<typeof steppingClock>;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());
beforeEach(async () => {
  clock = steppingClock('2026-01-31T03:05:08.000Z');
  leases = dynamodbRecoveryLease(standIns.controlTable, clock);
  for (const { executionId } of [first, second, third]) await leases.release(executionId);
});

describe('the recovery lease', () => {
  it('belongs to one recovery at a time', async () => {
    await leases.acquire(first, running);
    await expect(leases.acquire(second, running)).rejects.toMatchObject({
      name: 'RecoveryLeaseTaken',
      message: expect.stringContaining(first.incidentId),
    });
  });

  it('goes to one of many that ask at once', async () => {
    const holders = Array.from({ length: 10 }, (_, index) => ({ ...first, executionId: `racer-${index}` }));
    const outcomes = await Promise.allSettled(holders.map((holder) => leases.acquire(holder, running)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const { executionId } of holders) await leases.release(executionId);
  });

  it('is kept when its holder asks again', async () => {
    const lease = await leases.acquire(first, running);
    clock.advance(60);
    expect(await leases.acquire(first, running)).toEqual(lease);
  });

  it('is taken over from an execution that ended without giving it back, by one only', async () => {
    await leases.acquire(first, running);
    const othersRun = (executionId: string) => Promise.resolve(executionId !== first.executionId);
    const outcomes = await Promise.allSettled([
      leases.acquire(second, othersRun),
      leases.acquire(third, othersRun),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(leases.requireHeld(first)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
  });

  it('lets nobody touch the database who has lost it', async () => {
    await leases.acquire(first, running);
    await leases.requireHeld(first);
    await leases.acquire(second, ended);
    await expect(leases.requireHeld(first)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
  });

  it('is taken again by a redriven execution when nobody has it', async () => {
    await leases.acquire(first, running);
    await leases.release(first.executionId);
    await leases.requireHeld(first);
    await expect(leases.acquire(second, running)).rejects.toMatchObject({ name: 'RecoveryLeaseTaken' });
  });

  it('is given back by its holder alone, and once', async () => {
    await leases.acquire(first, running);
    expect(await leases.release(second.executionId)).toBe(false);
    expect(await leases.release(first.executionId)).toBe(true);
    expect(await leases.release(first.executionId)).toBe(false);
    expect(await leases.acquire(second, running)).toMatchObject(second);
  });
});
