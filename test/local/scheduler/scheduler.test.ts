import { afterEach, expect, it, vi } from 'vitest';
import type { AuthorizationRequest } from '../../../infra/local/deployer/registrars.ts';
import type { FailedDelivery } from '../../../infra/local/event-bridge/target-delivery.ts';
import { createScheduler, type Scheduler } from '../../../infra/local/scheduler/scheduler.ts';

const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:record-baseline';
const roleArn = 'arn:aws:iam::123456789012:role/schedule';
const payloads: string[] = [];
const asked: AuthorizationRequest[] = [];
const failures: FailedDelivery[] = [];
let scheduler: Scheduler;
afterEach(() => scheduler.close());

const start = (isAllowed: boolean) => {
  scheduler = createScheduler({
    timeScale: 1000,
    onDeliveryFailed: (failure) => failures.push(failure),
    services: {
      authorize: (request) => {
        asked.push(request);
        if (!isAllowed) throw Object.assign(new Error('denied'), { name: 'AccessDenied' });
      },
      functions: {
        invoke: () => Promise.reject(new Error('unused')),
        invokeAsync: (_arn, payload) => {
          payloads.push(payload);
        },
      },
      messages: { sendToQueue: async () => {}, publishToTopic: async () => {} },
      startExecution: () => {},
    },
  });
  const schedule = {
    name: 'baseline',
    arn: 'arn:aws:scheduler:eu-central-1:123456789012:schedule/default/baseline',
    enabled: true,
    scheduleExpression: 'rate(1 minute)',
    target: { arn: functionArn, roleArn, input: '{"scheduled":true}' },
  };
  scheduler.registerSchedule(schedule);
  return schedule;
};

it('a schedule invokes its target with its input, as its role, at the scaled rate', async () => {
  start(true);
  scheduler.startSchedules();
  await vi.waitFor(() => expect(payloads.length).toBeGreaterThanOrEqual(2), { timeout: 5_000, interval: 5 });
  expect(payloads[0]).toBe('{"scheduled":true}');
  expect(asked[0]).toEqual({ principal: roleArn, action: 'lambda:InvokeFunction', resource: functionArn });
});

it('a schedule whose role may not invoke the target fails visibly', async () => {
  start(false);
  scheduler.startSchedules();
  await vi.waitFor(() => expect(failures.length).toBeGreaterThanOrEqual(1), { timeout: 5_000, interval: 5 });
  expect(failures[0]?.error.name).toBe('AccessDenied');
});

it('a schedule with a time of day is refused', () => {
  const schedule = start(true);
  expect(() =>
    scheduler.registerSchedule({ ...schedule, scheduleExpression: 'cron(0 3 ? * SUN *)' }),
  ).toThrow(/rate/);
});
