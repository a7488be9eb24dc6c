import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionLogLine } from '../../../infra/local/lambda-host/function-logs.ts';
import { type LambdaHostRig, startLambdaHostRig } from './lambda-host-rig.ts';

let rig: LambdaHostRig;

beforeAll(async () => {
  rig = await startLambdaHostRig();
});

afterAll(() => rig.close());

describe('an invocation', () => {
  it('passes JSON in and out, and nothing returned is null', async () => {
    const arn = rig.add(
      'echo',
      'export const handler = async (event) => event.give ? { got: event } : undefined;',
    );
    expect(await rig.call(arn, { give: 1 })).toEqual({ value: { got: { give: 1 } } });
    expect(await rig.call(arn, {})).toEqual({ value: null });
  });

  it('reports an error with the name, message and trace of the runtime', async () => {
    const arn = rig.add(
      'failing',
      `class RestorePointTooOld extends Error { name = 'RestorePointTooOld'; }
       export const handler = async () => { throw new RestorePointTooOld('restorePoint: before the window'); };`,
    );
    expect(await rig.call(arn, {})).toEqual({
      functionError: 'Unhandled',
      value: {
        errorType: 'RestorePointTooOld',
        errorMessage: 'restorePoint: before the window',
        trace: expect.arrayContaining([expect.stringContaining('RestorePointTooOld: restorePoint')]),
      },
    });
  });

  it('keeps the worker warm: module state survives from one invocation to the next', async () => {
    const arn = rig.add('warm', 'let count = 0; export const handler = async () => ++count;');
    expect((await rig.call(arn, {})).value).toBe(1);
    expect((await rig.call(arn, {})).value).toBe(2);
  });

  it('leaves what was compiled beside the bundle, for the next worker', async () => {
    const arn = rig.add('compiled', 'export const handler = async () => "done";');
    await rig.call(arn, {});
    await expect.poll(() => globSync('compile-cache/*/*', { cwd: rig.directory })).not.toEqual([]);
  });

  it('runs concurrent invocations on workers of their own, one at a time each', async () => {
    const arn = rig.add(
      'parallel',
      `let running = 0;
       export const handler = async () => {
         running += 1;
         const seen = running;
         await new Promise((resolve) => setTimeout(resolve, 50));
         running -= 1;
         return seen;
       };`,
    );
    const answers = await Promise.all([1, 2, 3].map(() => rig.call(arn, {})));
    expect(answers.map(({ value }) => value)).toEqual([1, 1, 1]);
  });

  it('is refused while as many run as the function reserves', async () => {
    const arn = rig.add(
      'reserved',
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 100));',
      { reservedConcurrency: 1 },
    );
    const first = rig.call(arn, {});
    await expect(rig.call(arn, {})).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    await first;
    await rig.call(arn, {});
  });

  it('is cut off at the timeout of the template, and the next one gets a fresh worker', async () => {
    const arn = rig.add(
      'slow',
      'let calls = 0; export const handler = async (event) => event.hang ? new Promise((r) => setTimeout(r, 60_000)) : ++calls;',
      { timeoutSeconds: 1 },
    );
    expect(await rig.call(arn, { hang: true })).toEqual({
      functionError: 'Unhandled',
      value: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]+ Error: Task timed out after 1\.00 seconds$/,
        ),
      },
    });
    expect((await rig.call(arn, {})).value).toBe(1);
  });

  it('a busy loop is cut off too', async () => {
    const arn = rig.add('spinning', 'export const handler = async () => { for (;;) {} };', {
      timeoutSeconds: 1,
    });
    expect((await rig.call(arn, {})).value).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  it('that uses more memory than the function has fails, and the host lives on', async () => {
    const arn = rig.add(
      'hungry',
      'export const handler = async () => { const kept = []; for (;;) kept.push({ text: "x".repeat(100) + kept.length }); };',
      { memoryMegabytes: 32, timeoutSeconds: 20 },
    );
    expect(await rig.call(arn, {})).toMatchObject({
      functionError: 'Unhandled',
      value: { errorType: 'Runtime.OutOfMemory' },
    });
  });

  it('that leaves a promise to fail reports it, as the runtime does', async () => {
    const arn = rig.add(
      'careless',
      'export const handler = async () => { void Promise.reject(new Error("nobody waits")); await new Promise((r) => setTimeout(r, 1000)); };',
    );
    expect((await rig.call(arn, {})).value).toMatchObject({ errorType: 'Runtime.UnhandledPromiseRejection' });
  });

  it('of a bundle that cannot be imported fails with the error of the import', async () => {
    const arn = rig.add('broken', 'throw new TypeError("no such table"); export const handler = 1;');
    expect((await rig.call(arn, {})).value).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'no such table',
    });
  });

  it('of a bundle without the handler fails by name', async () => {
    const arn = rig.add('misnamed', 'export const other = 1;');
    expect((await rig.call(arn, {})).value).toMatchObject({ errorType: 'Runtime.HandlerNotFound' });
  });

  it('with an answer of more than 6 MB fails', async () => {
    const arn = rig.add('large', 'export const handler = async () => "x".repeat(7 * 1024 * 1024);');
    expect((await rig.call(arn, {})).value).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  it('of an unknown function, of no JSON, and of more than 6 MB is refused', async () => {
    const arn = rig.add('strict', 'export const handler = async () => 1;');
    await expect(rig.host.invoke(`${arn}-missing`, '{}')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(rig.host.invoke(arn, '{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(rig.host.invoke(arn, `"${'x'.repeat(6 * 1024 * 1024)}"`)).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });
});

describe('the environment of a function', () => {
  it('has the variables of the template and of Lambda, and none of the host', async () => {
    process.env.HOST_ONLY = 'secret';
    const arn = rig.add('environment', 'export const handler = async () => process.env;', {
      environment: { CONTROL_TABLE: 'control' },
    });
    const { value } = await rig.call(arn, {});
    expect(value).toMatchObject({
      CONTROL_TABLE: 'control',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[0-9A-F]{16}$/),
    });
    expect(value).not.toHaveProperty('HOST_ONLY');
    expect(value).not.toHaveProperty('_X_AMZN_TRACE_ID');
    delete process.env.HOST_ONLY;
  });

  it('has access keys that differ from those of every other function', async () => {
    const source = 'export const handler = async () => process.env.AWS_ACCESS_KEY_ID;';
    const keys = await Promise.all(['one', 'two'].map((name) => rig.call(rig.add(name, source), {})));
    expect(keys[0]?.value).not.toBe(keys[1]?.value);
  });

  it('that sets a variable of Lambda itself is refused at registration', () => {
    expect(() => rig.add('greedy', '', { environment: { AWS_REGION: 'x' } })).toThrow(
      /Environment.Variables.AWS_REGION/,
    );
  });

  it('gives a context with request id, ARN and the time that is left', async () => {
    const arn = rig.add(
      'context',
      'export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });',
      { timeoutSeconds: 3 },
    );
    const { value } = (await rig.call(arn, {})) as { value: { left: number } };
    expect(value).toMatchObject({
      functionName: 'context',
      invokedFunctionArn: arn,
      memoryLimitInMB: '128',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(value.left).toBeGreaterThan(0);
    expect(value.left).toBeLessThanOrEqual(3000);
  });
});

describe('what a function prints', () => {
  it('goes line by line to listeners and to a file of its own', async () => {
    const lines: FunctionLogLine[] = [];
    const remove = rig.host.onLog((line) => lines.push(line));
    const arn = rig.add(
      'talking',
      'export const handler = async () => { console.log("first"); console.error("second"); };',
    );
    await rig.call(arn, {});
    await expect.poll(() => lines.map(({ line }) => line).toSorted()).toEqual(['first', 'second']);
    remove();
    await expect
      .poll(() =>
        readFileSync(join(rig.directory, 'logs', 'talking.log'), 'utf8')
          .split('\n')
          .toSorted(),
      )
      .toEqual(['', 'first', 'second']);
    expect(lines[0]?.functionName).toBe('talking');
  });
});

describe('an asynchronous event', () => {
  it('is tried three times and then handed to the failure destination with its record', async () => {
    const arn = rig.add('doomed', 'export const handler = async (event) => { throw new Error(event.id); };', {
      onAsyncFailure: { destinationArn: 'arn:aws:sqs:eu-central-1:000000000000:failed' },
    });
    rig.host.invokeAsync(arn, '{"id":"e1"}');
    await expect
      .poll(() => rig.sent.filter(({ targetArn }) => targetArn.endsWith(':failed')))
      .toHaveLength(1);
    expect(
      JSON.parse(rig.sent.find(({ targetArn }) => targetArn.endsWith(':failed'))?.body ?? ''),
    ).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { id: 'e1' },
      responsePayload: { errorType: 'Error', errorMessage: 'e1' },
    });
    expect(rig.asked).toContainEqual({
      principal: 'arn:aws:iam::000000000000:role/doomed',
      action: 'sqs:SendMessage',
      resource: 'arn:aws:sqs:eu-central-1:000000000000:failed',
    });
  });

  it('goes unchanged to the dead-letter queue when retries are switched off', async () => {
    const arn = rig.add('dead', 'export const handler = async () => { throw new Error("no"); };', {
      onAsyncFailure: {
        maximumRetryAttempts: 0,
        deadLetterArn: 'arn:aws:sqs:eu-central-1:000000000000:dead',
      },
    });
    await rig.host.invokeAsync(arn, '{"id":"e2"}');
    expect(rig.sent).toContainEqual({
      targetArn: 'arn:aws:sqs:eu-central-1:000000000000:dead',
      body: '{"id":"e2"}',
    });
  });

  it('that succeeds at the second attempt goes nowhere', async () => {
    const arn = rig.add(
      'flaky',
      'let tries = 0; export const handler = async (event) => { if (event.ask) return tries; tries += 1; if (tries === 1) throw new Error("once"); };',
      { onAsyncFailure: { deadLetterArn: 'arn:aws:sqs:eu-central-1:000000000000:flaky-dead' } },
    );
    await rig.host.invokeAsync(arn, '{}');
    expect((await rig.call(arn, { ask: true })).value).toBe(2);
    expect(rig.sent.some(({ targetArn }) => targetArn.endsWith('flaky-dead'))).toBe(false);
  });
});

describe('the Invoke API', () => {
  const client = () =>
    new LambdaClient({
      endpoint: rig.host.address,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
    });

  it('answers the real SDK with payload, version and function error', async () => {
    rig.add(
      'byname',
      'export const handler = async (event) => { if (event.fail) throw new Error("no"); return event; };',
    );
    const good = await client().send(new InvokeCommand({ FunctionName: 'byname', Payload: '{"a":1}' }));
    expect(good).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(good.Payload?.transformToString()).toBe('{"a":1}');
    const bad = await client().send(new InvokeCommand({ FunctionName: 'byname', Payload: '{"fail":true}' }));
    expect(bad.FunctionError).toBe('Unhandled');
  });

  it('accepts events with 202', async () => {
    rig.add('accepted', 'export const handler = async () => 1;');
    const answer = await client().send(
      new InvokeCommand({ FunctionName: 'accepted', InvocationType: 'Event' }),
    );
    expect(answer.StatusCode).toBe(202);
  });

  it('names an unknown function', async () => {
    await expect(client().send(new InvokeCommand({ FunctionName: 'missing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('missing'),
    });
  });
});
