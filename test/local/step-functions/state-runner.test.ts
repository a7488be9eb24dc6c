import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionArn, named, type StepFunctionsRig, startStepFunctionsRig } from './step-functions-rig.ts';

let rig: StepFunctionsRig;
beforeAll(async () => {
  rig = await startStepFunctionsRig({ timeScale: 1000, scaleTimeouts: true });
});
afterAll(() => rig.close());

const task = (fields: object, others: object = {}) => ({
  StartAt: 'Work',
  States: { Work: { Type: 'Task', Resource: functionArn('work'), End: true, ...fields }, ...others },
});
const caught = (errors: string[]) =>
  task(
    { Catch: [{ ErrorEquals: errors, ResultPath: '$.error', Next: 'Caught' }] },
    { Caught: { Type: 'Pass', End: true } },
  );
const invoke = (fields: object = {}) =>
  task({
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: functionArn('work'), 'Payload.$': '$' },
    ...fields,
  });

describe('a function task', () => {
  it('gives the answer of the function, or puts it under Payload by lambda:invoke', async () => {
    rig.functions.work = (event: { n: number }) => event.n + 1;
    expect((await rig.runOnce(task({}), { n: 1 })).output).toBe('2');
    const output = JSON.parse((await rig.runOnce(invoke(), { n: 1 })).output ?? '');
    expect(output).toEqual({ ExecutedVersion: '$LATEST', Payload: 2, StatusCode: 200 });
  });

  it('fails with the errorType, and the error payload as its cause', async () => {
    rig.functions.work = () => {
      throw named('RestorePointTooOld', 'restorePoint: outside the window');
    };
    const record = await rig.runOnce(caught(['RestorePointTooOld']), { a: 1 });
    const output = JSON.parse(record.output ?? '');
    expect(output).toMatchObject({ a: 1, error: { Error: 'RestorePointTooOld' } });
    expect(JSON.parse(output.error.Cause)).toEqual({
      errorType: 'RestorePointTooOld',
      errorMessage: 'restorePoint: outside the window',
      trace: ['RestorePointTooOld: restorePoint: outside the window'],
    });
  });

  it('is refused when the role of the machine may not invoke the function', async () => {
    rig.functions.work = () => 'never';
    rig.denied.add('lambda:InvokeFunction');
    const record = await rig.runOnce(task({}));
    rig.denied.clear();
    expect(record).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
    expect(record.cause).toMatch(/not authorized to perform: lambda:InvokeFunction/);
    expect(rig.asked.at(-1)).toMatchObject({ resource: functionArn('work') });
  });

  it('fails with the exception of Lambda when there is no such function', async () => {
    const record = await rig.runOnce(task({ Resource: functionArn('absent') }));
    expect(record).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  it('that exceeds TimeoutSeconds fails with States.Timeout, unscaled', async () => {
    rig.functions.work = () => new Promise(() => {});
    const startedMillis = Date.now();
    const record = await rig.runOnce(task({ TimeoutSeconds: 1 }));
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(Date.now() - startedMillis).toBeGreaterThanOrEqual(999);
    expect(record.history.map(({ type }) => type)).toContain('LambdaFunctionTimedOut');
  });

  it('takes its deadline from TimeoutSecondsPath on the input of the state, not on its Parameters', async () => {
    rig.functions.work = () => new Promise(() => {});
    const record = await rig.runOnce(invoke({ TimeoutSecondsPath: '$.deadlineSeconds' }), {
      deadlineSeconds: 1,
    });
    expect(record.error).toBe('States.Timeout');
  });

  it('fails beyond the reach of Catch when its answer exceeds 256 KiB', async () => {
    rig.functions.work = () => 'x'.repeat(256 * 1024);
    const record = await rig.runOnce(caught(['States.ALL']));
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('a task that waits for its token', () => {
  const ask = (fields: object = {}) =>
    task({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: functionArn('ask'), Payload: { 'token.$': '$$.Task.Token' } },
      ...fields,
    });

  it('has its deadline divided by the time scale when asked so', async () => {
    rig.functions.ask = () => {};
    const startedMillis = Date.now();
    const record = await rig.runOnce(ask({ TimeoutSeconds: 200 }));
    expect(record.error).toBe('States.Timeout');
    expect(Date.now() - startedMillis).toBeGreaterThanOrEqual(199);
    expect(Date.now() - startedMillis).toBeLessThan(10_000);
  });

  it('answers TaskTimedOut to whoever comes after the deadline', async () => {
    let token = '';
    rig.functions.ask = (event: { token: string }) => {
      token = event.token;
    };
    await rig.runOnce(ask({ TimeoutSeconds: 20 }));
    await expect(
      rig.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('fails with the error of the function that was to pass the token on', async () => {
    rig.functions.ask = () => {
      throw named('NobodyToAsk');
    };
    expect((await rig.runOnce(ask())).error).toBe('NobodyToAsk');
  });

  it('gets a new token on each attempt', async () => {
    const tokens: string[] = [];
    rig.functions.ask = ({ token }: { token: string }) => {
      tokens.push(token);
      throw named('Again');
    };
    await rig.runOnce(ask({ Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 2 }] }));
    expect(new Set(tokens).size).toBe(3);
  });

  it('closes its token when another branch of its Parallel state fails', async () => {
    const asked = Promise.withResolvers<string>();
    rig.functions.ask = ({ token }: { token: string }) => asked.resolve(token);
    rig.functions.work = async () => {
      await asked.promise;
      throw named('BranchBroken');
    };
    const after = Promise.withResolvers<void>();
    rig.functions.after = () => after.promise;
    const ended = rig.runOnce({
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Ask', States: { Ask: ask().States.Work } },
            { StartAt: 'Break', States: { Break: task({}).States.Work } },
          ],
          Catch: [{ ErrorEquals: ['BranchBroken'], Next: 'After' }],
          End: true,
        },
        After: { Type: 'Task', Resource: functionArn('after'), End: true },
      },
    });
    const token = await asked.promise;
    await new Promise<void>((resolve) =>
      rig.stepFunctions.onStateEntered(({ state }) => state === 'After' && resolve()),
    );
    await expect(
      rig.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
    after.resolve();
    expect((await ended).status).toBe('SUCCEEDED');
  });
});

describe('Retry and Catch', () => {
  it.each([
    ['States.TaskFailed', 'Whatever', true],
    ['States.ALL', 'Whatever', true],
    ['Other', 'Whatever', false],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.Timeout', 'States.Timeout', true],
    ['States.ALL', 'States.Timeout', true],
  ])('%s against %s: %s', async (matcher, error, matches) => {
    rig.functions.work = () => {
      if (error !== 'States.Timeout') throw named(error);
    };
    const definition = caught([matcher]);
    Object.assign(definition.States.Work, {
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: functionArn('work'), Payload: { 'token.$': '$$.Task.Token' } },
      TimeoutSeconds: 50,
    });
    const record = await rig.runOnce(definition);
    expect(record.status).toBe(matches ? 'SUCCEEDED' : 'FAILED');
  });

  it('a failed branch surfaces under its own error name', async () => {
    rig.functions.work = () => {
      throw named('BranchBroken', 'left');
    };
    const record = await rig.runOnce({
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Branches: [task({})], End: true },
      },
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'BranchBroken' });
    expect(JSON.parse(record.cause ?? '')).toMatchObject({ errorMessage: 'left' });
    expect(record.history.map(({ type }) => type)).toContain('LambdaFunctionFailed');
  });
});

describe('a child execution', () => {
  const child = () =>
    rig.register('child', {
      StartAt: 'Work',
      States: { Work: { Type: 'Task', Resource: functionArn('work'), End: true } },
    });
  const parent = (resource: string, fields: object = {}) => ({
    StartAt: 'Run',
    States: {
      Run: {
        Type: 'Task',
        Resource: `arn:aws:states:::states:${resource}`,
        Parameters: { StateMachineArn: child(), 'Input.$': '$' },
        End: true,
        ...fields,
      },
    },
  });

  it('gives back its parsed output', async () => {
    rig.functions.work = (event: { n: number }) => ({ n: event.n + 1 });
    const record = await rig.runOnce(parent('startExecution.sync:2'), { n: 1 });
    expect(JSON.parse(record.output ?? '')).toMatchObject({
      Status: 'SUCCEEDED',
      Input: { n: 1 },
      Output: { n: 2 },
    });
    expect(rig.asked.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['states:StartExecution', 'states:DescribeExecution', 'states:StopExecution']),
    );
  });

  it('needs the permission to hear of its end', async () => {
    rig.denied.add('events:PutRule');
    const record = await rig.runOnce(parent('startExecution.sync:2'));
    rig.denied.clear();
    expect(record.error).toBe('StepFunctions.AWSStepFunctionsException');
    expect(rig.asked.at(-1)?.resource).toMatch(/:rule\/StepFunctionsGetEventsForStepFunctionsExecutionRule$/);
  });

  it('that fails fails the task with States.TaskFailed and its description as the cause', async () => {
    rig.functions.work = () => {
      throw named('ChildBroken');
    };
    const record = await rig.runOnce(parent('startExecution.sync:2'), { n: 1 });
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(record.cause ?? '')).toMatchObject({
      Status: 'FAILED',
      Error: 'ChildBroken',
      Input: '{"n":1}',
    });
  });

  it('is only started by startExecution', async () => {
    rig.functions.work = () => new Promise(() => {});
    const record = await rig.runOnce(parent('startExecution'));
    expect(JSON.parse(record.output ?? '')).toMatchObject({
      ExecutionArn: expect.stringContaining(':execution:child:'),
    });
  });

  it('is stopped with its parent', async () => {
    const working = Promise.withResolvers<void>();
    rig.functions.work = () => {
      working.resolve();
      return new Promise(() => {});
    };
    const stopped = new Promise((resolve) => {
      rig.stepFunctions.onExecutionEnded((record) => {
        if (record.stateMachineArn.endsWith(':child') && record.status === 'ABORTED') resolve(record.error);
      });
    });
    const ended = rig.runOnce({ ...parent('startExecution.sync:2'), TimeoutSeconds: 1 });
    await working.promise;
    expect(await ended).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(await stopped).toBe('States.Aborted');
  });

  it('is refused when the role of the machine may not start it', async () => {
    rig.denied.add('states:StartExecution');
    const record = await rig.runOnce(parent('startExecution.sync:2'));
    rig.denied.clear();
    expect(record.error).toBe('StepFunctions.AWSStepFunctionsException');
  });
});
