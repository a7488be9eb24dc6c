import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { statesOfResponse, watchExecutions } from '../../../infra/local/drill/execution-watch.ts';

interface Execution {
  readonly arn: string;
  readonly machine: string;
  readonly states: readonly string[];
  readonly parent?: string;
}

/** The states of the response, after these executions have run one after the other. */
function responseOf(executions: readonly Execution[]): string[] {
  const events = new EventEmitter();
  const watch = watchExecutions(
    {
      stepFunctions: {
        onStateEntered: (listener: (entry: object) => void) => events.on('entered', listener),
        onExecutionEnded: (listener: (ended: object) => void) => events.on('ended', listener),
      } as unknown as Parameters<typeof watchExecutions>[0]['stepFunctions'],
    },
    () => undefined,
  );
  for (const { arn: executionArn, machine, states, parent } of executions) {
    for (const state of states) events.emit('entered', { executionArn, machine, state, at: new Date() });
    const input = JSON.stringify({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent });
    events.emit('ended', { executionArn, status: 'SUCCEEDED', input });
  }
  expect(watch.running()).toBe(0);
  return statesOfResponse(watch).map(({ state }) => state);
}

const leader = { arn: 'leader', machine: 'x-recovery-incident-response', states: ['ImmediateResponse'] };

describe('the states of a response', () => {
  it('are those of the execution that leads, of its children, and of theirs', () => {
    expect(
      responseOf([
        leader,
        {
          arn: 'grandchild',
          machine: 'x-recovery-database-cut-over',
          states: ['RenameSource'],
          parent: 'child',
        },
        { arn: 'child', machine: 'x-recovery-point-in-time-restore', states: ['CutOver'], parent: 'leader' },
      ]),
    ).toEqual(['ImmediateResponse', 'RenameSource', 'CutOver']);
  });

  it('are not those of another response that only attached its signal', () => {
    const other = { arn: 'other', machine: leader.machine, states: ['AttachedToOpenIncident'] };
    const child = { arn: 'c', machine: 'x-recovery-service-resumption', states: ['A'], parent: 'other' };
    expect(responseOf([leader, other, child])).toEqual(['ImmediateResponse']);
  });

  it('are those of what an operator starts by hand as well', () => {
    const byHand = { arn: 'hand', machine: 'x-recovery-point-in-time-restore', states: ['ContinueCutOver'] };
    expect(responseOf([leader, byHand])).toEqual(['ImmediateResponse', 'ContinueCutOver']);
  });

  it('are all when none leads', () => {
    const refused = { arn: 'r', machine: leader.machine, states: ['OpenIncident'] };
    expect(responseOf([refused])).toEqual(['OpenIncident']);
  });
});
