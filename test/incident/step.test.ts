import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { type RecoveryStandIns, startRecoveryStandIns } from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  process.env.TIMELINE_TABLE = standIns.timelineTable;
});
afterAll(() => standIns.close());

class Refused extends Error {
  override readonly name = 'Refused';
}
const stepThat = (run: (input: { amount: number }) => Promise<{ total: number }>) => {
  const handler = step({
    name: 'AddUp',
    sopStep: '2',
    input: StepInput.extend({ amount: z.number() }),
    output: z.object({ total: z.number() }),
    env: StepEnv.extend({}),
    run,
    events: ({ total }) => [{ type: 'sessions.ended', summary: `Total ${total}`, detail: { total } }],
  });
  return (event: unknown) =>
    handler(event, {} as never, undefined as never) as unknown as Promise<{ total: number }>;
};
const input = (incidentId: string) => ({ incidentId, executionId: 'execution-1', amount: 2 });
const events = (incidentId: string) => dynamodbTimeline(standIns.timelineTable, systemClock).read(incidentId);

describe('a step', () => {
  it('leaves one event, however often it is repeated', async () => {
    const run = stepThat(async ({ amount }) => ({ total: amount * 2 }));
    await run(input('INC-20260131-00000021'));
    expect(await run(input('INC-20260131-00000021'))).toEqual({ total: 4 });
    expect(await events('INC-20260131-00000021')).toMatchObject([
      { type: 'sessions.ended', step: '2', actor: { id: 'AddUp' } },
    ]);
  });

  it('lets a named error through and notes it once', async () => {
    const run = stepThat(() => Promise.reject(new Refused('not today')));
    await expect(run(input('INC-20260131-00000022'))).rejects.toMatchObject({
      name: 'Refused',
      message: 'not today',
    });
    await expect(run(input('INC-20260131-00000022'))).rejects.toThrow();
    expect(await events('INC-20260131-00000022')).toMatchObject([
      { type: 'step.failed', outcome: 'failed', detail: { state: 'AddUp', error: 'Refused' } },
    ]);
  });

  it('calls what is worth another try by one name', async () => {
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    await expect(
      stepThat(() => Promise.reject(throttled))(input('INC-20260131-00000023')),
    ).rejects.toMatchObject({
      name: 'ServiceUnavailable',
    });
  });

  it.each([
    ['no incident', { executionId: 'e', amount: 1 }, /incidentId:/],
    ['an incident of another shape', { ...input('INC-1') }, /incidentId: must look like/],
    ['a text for a number', { ...input('INC-20260131-00000024'), amount: '2' }, /amount:/],
    ['a text', 'HaltTrading', /\(whole\):/],
  ])('refuses %s by the name of the field', async (_what, event, message) => {
    const run = stepThat(async () => ({ total: 1 }));
    await expect(run(event)).rejects.toThrow(message);
    const refusal = await run(event).catch((error: Error) => error);
    expect(refusal).toMatchObject({ name: 'InvalidInput' });
    // Step Functions shows the trace of an error to whoever looks: name and message must do.
    expect((refusal as Error).stack).toBe(`InvalidInput: ${(refusal as Error).message}`);
  });

  it('does not pass on an answer that breaks its contract', async () => {
    const run = stepThat(async () => ({ total: 'much' }) as unknown as { total: number });
    await expect(run(input('INC-20260131-00000025'))).rejects.toMatchObject({ name: 'InvalidOutput' });
  });
});
