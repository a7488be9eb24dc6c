import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionArn, named, type StepFunctionsRig, startStepFunctionsRig } from './step-functions-rig.ts';

let rig: StepFunctionsRig;
beforeAll(async () => {
  rig = await startStepFunctionsRig();
});
afterAll(() => rig.close());

const task = (name: string) => ({
  StartAt: 'Work',
  States: { Work: { Type: 'Task', Resource: functionArn(name), End: true } },
});
const tokenTask = (extra: object = {}) => ({
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: functionArn('ask'), Payload: { 'token.$': '$$.Task.Token' } },
      End: true,
      ...extra,
    },
  },
});

describe('StartExecution', () => {
  it('returns the running execution when name and input are the same', async () => {
    const stateMachineArn = rig.register('same', task('slow'));
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.functions.slow = () => promise;
    const request = new StartExecutionCommand({ stateMachineArn, name: 'once', input: '{"a":1}' });
    const first = await rig.client.send(request);
    const second = await rig.client.send(request);
    expect(second.executionArn).toBe(first.executionArn);
    expect(second.startDate).toEqual(first.startDate);
    resolve();
  });

  it('refuses the same name with another input, and any reuse after the end', async () => {
    const stateMachineArn = rig.register('other', task('quick'));
    rig.functions.quick = () => 'done';
    await rig.run(stateMachineArn, { a: 1 }, 'once');
    for (const input of ['{"a":1}', '{"a":2}']) {
      await expect(
        rig.client.send(new StartExecutionCommand({ stateMachineArn, name: 'once', input })),
      ).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    }
  });

  it.each([
    [
      'an unknown machine',
      { stateMachineArn: 'arn:aws:states:x:1:stateMachine:no' },
      'StateMachineDoesNotExist',
    ],
    ['input that is not JSON', { input: '{' }, 'InvalidExecutionInput'],
    ['a name with a space', { name: 'a b' }, 'InvalidName'],
    ['a name with a colon', { name: 'a:b' }, 'InvalidName'],
    ['a name of 81 characters', { name: 'x'.repeat(81) }, 'InvalidName'],
  ])('refuses %s', async (_case, fields, error) => {
    const stateMachineArn = rig.register('strict', task('quick'));
    await expect(
      rig.client.send(new StartExecutionCommand({ stateMachineArn, ...fields })),
    ).rejects.toMatchObject({ name: error });
  });
});

describe('executions', () => {
  it('are described and listed with status, output and dates', async () => {
    const stateMachineArn = rig.register('listed', task('double'));
    rig.functions.double = (event: { n: number }) => ({ n: event.n * 2 });
    const { executionArn } = await rig.run(stateMachineArn, { n: 2 }, 'first');
    await rig.run(stateMachineArn, { n: 3 }, 'second');
    const described = await rig.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: 'SUCCEEDED', input: '{"n":2}', output: '{"n":4}' });
    expect(described.stopDate?.getTime()).toBeGreaterThanOrEqual(described.startDate?.getTime() ?? Infinity);
    const page = await rig.client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
    expect(page.executions?.map(({ name }) => name)).toEqual(['second']);
    const rest = await rig.client.send(
      new ListExecutionsCommand({ stateMachineArn, nextToken: page.nextToken, statusFilter: 'SUCCEEDED' }),
    );
    expect(rest.executions?.map(({ name }) => name)).toEqual(['first']);
  });

  it('stop at once, with the error and cause of whoever stopped them', async () => {
    const stateMachineArn = rig.register('stopped', {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 3_000_000, End: true } },
    });
    const { executionArn } = await rig.client.send(new StartExecutionCommand({ stateMachineArn }));
    await rig.client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    const described = await rig.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
  });

  it('announce their start and end on the event bus', async () => {
    const record = await rig.run(rig.register('announced', task('quick')));
    const statuses = rig.busEvents
      .filter((event) => event.resources.includes(record.executionArn))
      .map(({ source, detailType, detail }) => ({ source, detailType, status: detail.status }));
    expect(statuses).toEqual(
      ['RUNNING', 'SUCCEEDED'].map((status) => ({
        source: 'aws.states',
        detailType: 'Step Functions Execution Status Change',
        status,
      })),
    );
  });
});

describe('state machines', () => {
  it('are listed and described as they were registered', async () => {
    const stateMachineArn = rig.register('described', task('quick'));
    const { stateMachines } = await rig.client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name }) => name)).toContain('described');
    const described = await rig.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(JSON.parse(described.definition ?? '')).toEqual(task('quick'));
    expect(described.roleArn).toBe('arn:aws:iam::123456789012:role/described');
  });
});

describe('GetExecutionHistory', () => {
  it('gives the events in order, each naming the one it follows', async () => {
    const { executionArn } = await rig.run(rig.register('history', task('quick')), { a: 1 });
    const { events } = await rig.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 1, 'TaskStateEntered'],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [5, 4, 'LambdaFunctionSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'ExecutionSucceeded'],
    ]);
    expect(events?.[1]?.stateEnteredEventDetails).toMatchObject({ name: 'Work', input: '{"a":1}' });
    expect(events?.[0]?.timestamp).toBeInstanceOf(Date);
  });

  it('gives the newest first on request, page by page', async () => {
    const { executionArn } = await rig.run(rig.register('pages', task('quick')));
    const first = await rig.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3 }),
    );
    const second = await rig.client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        nextToken: first.nextToken,
      }),
    );
    expect([...(first.events ?? []), ...(second.events ?? [])].map(({ id }) => id)).toEqual([
      7, 6, 5, 4, 3, 2, 1,
    ]);
  });

  it('keeps the branches of a Parallel state complete, also when it is the last state', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    const { executionArn } = await rig.run(
      rig.register('branches', {
        StartAt: 'Both',
        States: { Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], End: true } },
      }),
    );
    const { events } = await rig.client.send(new GetExecutionHistoryCommand({ executionArn }));
    const started = events?.find(({ type }) => type === 'ParallelStateStarted')?.id;
    const left = events?.filter(
      (event) => (event.stateEnteredEventDetails?.name ?? event.stateExitedEventDetails?.name) === 'Left',
    );
    expect(left?.map(({ type }) => type)).toEqual(['PassStateEntered', 'PassStateExited']);
    expect(left?.map(({ previousEventId }) => previousEventId)).toEqual([started, left?.[0]?.id]);
    expect(events?.map(({ type }) => type).slice(-3)).toEqual([
      'ParallelStateSucceeded',
      'ParallelStateExited',
      'ExecutionSucceeded',
    ]);
  });
});

describe('GetExecutionHistory of a failed execution', () => {
  it('keeps the failing state, however deep it is nested', async () => {
    rig.functions.breaks = () => {
      throw named('Broken');
    };
    const nest = (name: string, inner: object) => ({
      StartAt: name,
      States: { [name]: { Type: 'Parallel', Branches: [inner], End: true } },
    });
    const each = {
      StartAt: 'Each',
      States: { Each: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: task('breaks'), End: true } },
    };
    const machine = rig.register('nested', nest('Outer', nest('Inner', each)));
    const { executionArn, error } = await rig.run(machine, { items: [1] });
    expect(error).toBe('Broken');
    const { events } = await rig.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'ParallelStateEntered',
      'ParallelStateStarted',
      'ParallelStateEntered',
      'ParallelStateStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapIterationStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'MapIterationFailed',
      'MapStateFailed',
      'ParallelStateFailed',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
  });
});

describe('task tokens', () => {
  const tokens: string[] = [];
  const waiting = async (machineArn: string) => {
    const asked = Promise.withResolvers<string>();
    rig.functions.ask = ({ token }: { token: string }) => {
      tokens.push(token);
      asked.resolve(token);
    };
    const ended = rig.run(machineArn);
    return { token: await asked.promise, ended };
  };

  it('end the task with the output that is sent back', async () => {
    const { token, ended } = await waiting(rig.register('answered', tokenTask()));
    await rig.client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
    await rig.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"ok":true}' }));
    expect(await ended).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
  });

  it('end the task with the error that is sent back', async () => {
    const { token, ended } = await waiting(rig.register('denied', tokenTask()));
    await rig.client.send(
      new SendTaskFailureCommand({ taskToken: token, error: 'ApprovalDenied', cause: 'not today' }),
    );
    expect(await ended).toMatchObject({ status: 'FAILED', error: 'ApprovalDenied', cause: 'not today' });
  });

  it('are each used once: a second answer is TaskTimedOut', async () => {
    const { token, ended } = await waiting(rig.register('twice', tokenTask()));
    const answer = new SendTaskSuccessCommand({ taskToken: token, output: '1' });
    await rig.client.send(answer);
    await expect(rig.client.send(answer)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await ended;
  });

  it('are refused when malformed or never issued, and so is output that is not JSON', async () => {
    const { token, ended } = await waiting(rig.register('refused', tokenTask()));
    const send = (taskToken: string, output = '1') =>
      rig.client.send(new SendTaskSuccessCommand({ taskToken, output }));
    await expect(send('nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(send('A'.repeat(128))).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(send(token, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await send(token);
    await ended;
  });

  it('end with their execution', async () => {
    const machineArn = rig.register('gone', tokenTask());
    const { token, ended } = await waiting(machineArn);
    const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}`;
    const { executions } = await rig.client.send(
      new ListExecutionsCommand({ stateMachineArn: machineArn, statusFilter: 'RUNNING' }),
    );
    expect(executions?.[0]?.executionArn).toContain(executionArn);
    await rig.client.send(new StopExecutionCommand({ executionArn: executions?.[0]?.executionArn }));
    expect((await ended).status).toBe('ABORTED');
    await expect(
      rig.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('are never issued twice', () => {
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});
