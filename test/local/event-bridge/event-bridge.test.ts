import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuthorizationRequest, EventTarget } from '../../../infra/local/deployer/registrars.ts';
import { type EventBridge, startEventBridge } from '../../../infra/local/event-bridge/event-bridge.ts';

const machineArn = 'arn:aws:states:eu-central-1:123456789012:stateMachine:incident-response';
const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:probe';
const queueArn = 'arn:aws:sqs:eu-central-1:123456789012:dead-letters';
const ruleArn = 'arn:aws:events:eu-central-1:123456789012:rule/rule';
const roleArn = 'arn:aws:iam::123456789012:role/events';

let bridge: EventBridge;
let client: EventBridgeClient;
let started: { stateMachineArn: string; input: string }[];
let queued: { queueArn: string; body: string }[];
let asked: AuthorizationRequest[];
let startExecution: (request: { stateMachineArn: string; input: string }) => void;
let invokeAsync: () => Promise<void>;
let denied: string | undefined;

beforeEach(async () => {
  started = [];
  queued = [];
  asked = [];
  denied = undefined;
  startExecution = (request) => started.push(request);
  invokeAsync = async () => {};
  bridge = await startEventBridge({
    region: 'eu-central-1',
    accountId: '123456789012',
    timeScale: 1000,
    services: {
      authorize: (request) => {
        asked.push(request);
        if (request.action === denied) throw Object.assign(new Error('denied'), { name: 'AccessDenied' });
      },
      functions: { invoke: () => Promise.reject(new Error('unused')), invokeAsync: () => invokeAsync() },
      messages: {
        sendToQueue: async (arn, body) => {
          queued.push({ queueArn: arn, body });
        },
        publishToTopic: async () => {},
      },
      startExecution: (request) => startExecution(request),
    },
  });
  client = new EventBridgeClient({
    endpoint: bridge.address,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
});
afterEach(async () => {
  client.destroy();
  await bridge.close();
});

const rule = (fields: object, target: Partial<EventTarget> = {}) =>
  bridge.registerRule({
    name: 'rule',
    arn: ruleArn,
    enabled: true,
    targets: [{ id: 'target', arn: machineArn, ...(target.arn === undefined ? { roleArn } : {}), ...target }],
    ...fields,
  });
const onAlarm = { eventPattern: { source: ['our.test'], detail: { value: ['ALARM'] } } };
const put = (detail: object, source = 'our.test') =>
  client.send(
    new PutEventsCommand({
      Entries: [{ Source: source, DetailType: 'Test', Detail: JSON.stringify(detail) }],
    }),
  );

describe('an event of AWS', () => {
  const happened = {
    source: 'aws.rds',
    detailType: 'RDS DB Instance Event',
    time: new Date(),
    resources: [],
    detail: { SourceIdentifier: 'orders' },
  };

  it('can be lost, and nothing tells of it; those of other services arrive', async () => {
    rule({ eventPattern: { source: ['aws.rds', 'aws.states'] } });
    const lost = bridge.lose('aws.rds');
    bridge.emit(happened);
    bridge.emit({ ...happened, source: 'aws.states' });
    await vi.waitFor(() => expect(started).toHaveLength(1));
    expect(lost.count()).toBe(1);
    lost.end();
    bridge.emit(happened);
    await vi.waitFor(() => expect(started).toHaveLength(2));
    expect(JSON.parse(started[1]?.input ?? '')).toMatchObject({ source: 'aws.rds' });
  });

  it('can come late, twice and before an earlier one; what is held back comes when that ends', async () => {
    rule({ eventPattern: { source: ['aws.rds'] } });
    const disordered = bridge.disorder('aws.rds');
    const arrived: unknown[] = [];
    bridge.onEvent(({ detail }) => arrived.push(detail.order));
    for (const order of [1, 2, 3]) bridge.emit({ ...happened, detail: { order } });
    expect(arrived).toEqual([2, 1, 2, 1]);
    expect(disordered.count()).toBe(2);
    disordered.end();
    bridge.emit({ ...happened, detail: { order: 4 } });
    expect(arrived).toEqual([2, 1, 2, 1, 3, 4]);
    await vi.waitFor(() => expect(started).toHaveLength(6));
  });
});

describe('a rule', () => {
  it('starts its state machine with the whole event, as its role', async () => {
    rule(onAlarm);
    const { FailedEntryCount, Entries } = await put({ value: 'ALARM' });
    expect(FailedEntryCount).toBe(0);
    expect(asked).toEqual([{ principal: roleArn, action: 'states:StartExecution', resource: machineArn }]);
    expect(started[0]?.stateMachineArn).toBe(machineArn);
    expect(JSON.parse(started[0]?.input ?? '')).toMatchObject({
      version: '0',
      id: Entries?.[0]?.EventId,
      source: 'our.test',
      'detail-type': 'Test',
      account: '123456789012',
      region: 'eu-central-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      detail: { value: 'ALARM' },
    });
  });

  it('stays silent on events that do not match, and when disabled', async () => {
    rule({ ...onAlarm, name: 'off', enabled: false });
    rule(onAlarm);
    await put({ value: 'OK' });
    expect(started).toEqual([]);
    expect((await client.send(new ListRulesCommand({}))).Rules).toMatchObject([
      { Name: 'off', State: 'DISABLED' },
      { Name: 'rule', State: 'ENABLED' },
    ]);
  });

  it('asks the resource policy when its target has no role', async () => {
    rule(onAlarm, { arn: functionArn });
    await put({ value: 'ALARM' });
    expect(asked).toEqual([
      {
        principal: 'events.amazonaws.com',
        action: 'lambda:InvokeFunction',
        resource: functionArn,
        sourceArn: ruleArn,
      },
    ]);
  });

  it('tries again as often as its retry policy says, then uses the dead-letter queue', async () => {
    let attempts = 0;
    startExecution = () => {
      attempts += 1;
      throw new Error('busy');
    };
    const failed = new Promise((resolve) => bridge.onDeliveryFailed(resolve));
    rule(onAlarm, { retryPolicy: { maximumRetryAttempts: 2 }, deadLetterQueueArn: queueArn });
    await put({ value: 'ALARM' });
    expect(await failed).toMatchObject({ attempts: 3, deadLettered: true });
    expect(attempts).toBe(3);
    expect(queued).toHaveLength(1);
    expect(JSON.parse(queued[0]?.body ?? '')).toMatchObject({ source: 'our.test' });
  });

  it('does not retry what its role may not do, and says so', async () => {
    denied = 'states:StartExecution';
    const failed = new Promise((resolve) => bridge.onDeliveryFailed(resolve));
    rule(onAlarm);
    await put({ value: 'ALARM' });
    expect(await failed).toMatchObject({ attempts: 1, deadLettered: false, error: { name: 'AccessDenied' } });
  });

  it.each([
    ['a target that the laptop does not have', {}, { arn: 'arn:aws:kinesis:x:1:stream/s' }, /kinesis/],
    ['a cron schedule', { scheduleExpression: 'cron(0 3 * * ? *)' }, {}, /rate/],
    ['a plural for one', { scheduleExpression: 'rate(1 minutes)' }, {}, /singular/],
  ])('is refused with %s', (_case, fields, target, reason) => {
    expect(() => rule(fields, target)).toThrow(reason);
  });
});

describe('PutEvents', () => {
  it.each([
    [
      'a source of AWS',
      { Source: 'aws.rds', DetailType: 'x', Detail: '{}' },
      'NotAuthorizedForSourceException',
    ],
    ['detail that is not JSON', { Source: 'a', DetailType: 'x', Detail: '{' }, 'MalformedDetail'],
    ['no source', { DetailType: 'x', Detail: '{}' }, 'InvalidArgument'],
  ])('refuses the entry with %s', async (_case, entry, code) => {
    const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
    expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: code }] });
  });
});

describe('a rule with a schedule', () => {
  it('runs at its rate divided by the time scale, once schedules are started', async () => {
    rule({ scheduleExpression: 'rate(1 minute)' });
    expect(started).toEqual([]);
    const startedMillis = Date.now();
    bridge.startSchedules();
    await vi.waitFor(() => expect(started.length).toBeGreaterThanOrEqual(2), { timeout: 5_000, interval: 5 });
    expect(Date.now() - startedMillis).toBeGreaterThanOrEqual(110);
    expect(JSON.parse(started[0]?.input ?? '')).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [ruleArn],
    });
  });

  it('does not wait for the last invocation, but leaves out ticks beyond its backlog', async () => {
    let underWay = 0;
    invokeAsync = () => {
      underWay += 1;
      return new Promise(() => {});
    };
    rule({ scheduleExpression: 'rate(1 minute)' }, { arn: functionArn });
    bridge.startSchedules();
    await vi.waitFor(() => expect(bridge.skippedTicks().get('rule')).toBeGreaterThanOrEqual(2), {
      timeout: 5_000,
      interval: 5,
    });
    expect(underWay).toBe(3);
  });
});
