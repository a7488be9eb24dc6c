import type { ScheduleRegistrar, ScheduleRegistration } from '../deployer/registrars.ts';
import { ScheduleClock } from '../event-bridge/schedule-clock.ts';
import { ratePeriodMillis } from '../event-bridge/schedule-expression.ts';
import {
  deliver,
  type FailedDelivery,
  type TargetServices,
  targetKind,
} from '../event-bridge/target-delivery.ts';

export interface SchedulerOptions {
  /** Divides the periods of schedules and the pauses between retries. */
  readonly timeScale: number;
  readonly services: TargetServices;
  readonly onDeliveryFailed?: (failure: FailedDelivery) => void;
}

/** EventBridge Scheduler. No function of the system calls its API: schedules come from the template alone. */
export interface Scheduler extends ScheduleRegistrar {
  startSchedules(): void;
  skippedTicks(): ReadonlyMap<string, number>;
  /** Waits for the deliveries under way. */
  close(): Promise<void>;
}

/** Schedules wait for `startSchedules`. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const clock = new ScheduleClock(options.timeScale);
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const invoke = async (schedule: ScheduleRegistration) => {
    const { target } = schedule;
    const failure = await deliver(
      {
        sourceArn: schedule.arn,
        service: 'scheduler.amazonaws.com',
        targetArn: target.arn,
        roleArn: target.roleArn,
        input: target.input ?? '{}',
        ...(target.retryPolicy === undefined ? {} : { retryPolicy: target.retryPolicy }),
        ...(target.deadLetterQueueArn === undefined ? {} : { deadLetterQueueArn: target.deadLetterQueueArn }),
      },
      options.services,
      options.timeScale,
      closing.signal,
    );
    if (failure !== undefined) options.onDeliveryFailed?.(failure);
  };
  return {
    registerSchedule: (schedule) => {
      targetKind(schedule.target.arn);
      const periodMillis = ratePeriodMillis(schedule.scheduleExpression);
      if (!schedule.enabled) return;
      clock.add(schedule.name, periodMillis, async () => {
        const invocation = invoke(schedule);
        underWay.add(invocation);
        await invocation.finally(() => underWay.delete(invocation));
      });
    },
    startSchedules: () => clock.start(),
    skippedTicks: () => clock.skippedTicks(),
    close: async () => {
      clock.stop();
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
