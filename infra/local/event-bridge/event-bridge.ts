import { randomUUID } from 'node:crypto';
import type { EventRuleRegistrar, EventRuleRegistration, EventTarget } from '../deployer/registrars.ts';
import { type Operation, startJsonService, type WireInput } from '../json-protocol/json-service.ts';
import { optionalString } from '../json-protocol/wire-input.ts';
import type { BusEvent } from './bus-event.ts';
import { DisorderedEvents } from './disordered-events.ts';
import { compilePattern, type EventMatcher } from './event-pattern.ts';
import { ScheduleClock } from './schedule-clock.ts';
import { ratePeriodMillis } from './schedule-expression.ts';
import { deliver, type FailedDelivery, type TargetServices, targetKind } from './target-delivery.ts';
import { compileTargetInput, type TargetInput } from './target-input.ts';

export interface EventBridgeOptions {
  readonly region: string;
  readonly accountId: string;
  /** Divides schedules and pauses between retries. */
  readonly timeScale: number;
  readonly services: TargetServices;
}

/** An event as targets receive it. */
interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Events that do not arrive as they happen, as AWS allows itself where it delivers as best it can. */
interface UntidyEvents {
  /** From now on they arrive as they happen; what was held back arrives now. */
  end(): void;
  /** How many were lost, or held back. */
  count(): number;
}

/** The default event bus and its rules. */
export interface EventBridge extends EventRuleRegistrar {
  readonly address: string;
  /** Puts an event of an AWS service on the bus. */
  emit(event: BusEvent): void;
  /** Loses every event of a service, e.g. `aws.rds`. */
  lose(source: string): UntidyEvents;
  /** Delivers the events of a service late, twice and in the wrong order. */
  disorder(source: string): UntidyEvents;
  onEvent(listener: (event: EventEnvelope) => void): void;
  onDeliveryFailed(listener: (failure: FailedDelivery) => void): void;
  /** Lets the rules with a schedule run. */
  startSchedules(): void;
  skippedTicks(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts the API (PutEvents, ListRules) on a free port of 127.0.0.1. */
export async function startEventBridge(options: EventBridgeOptions): Promise<EventBridge> {
  const bus = new DefaultBus(options);
  const service = await startJsonService({
    targetPrefix: 'AWSEvents',
    jsonVersion: '1.1',
    operations: operations(bus),
  });
  return {
    address: service.address,
    registerRule: (rule) => bus.register(rule),
    emit: (event) => {
      if (!bus.loses(event)) for (const arriving of bus.arriving(event)) bus.put(arriving);
    },
    lose: (source) => bus.lose(source),
    disorder: (source) => bus.disorder(source),
    onEvent: (listener) => bus.listeners.push(listener),
    onDeliveryFailed: (listener) => bus.failureListeners.push(listener),
    startSchedules: () => bus.clock.start(),
    skippedTicks: () => bus.clock.skippedTicks(),
    close: async () => {
      bus.clock.stop();
      await bus.finish();
      await service.close();
    },
  };
}

interface Rule {
  readonly registration: EventRuleRegistration;
  readonly matches: EventMatcher;
  readonly targets: readonly { readonly target: EventTarget; readonly inputOf: TargetInput }[];
}

class DefaultBus {
  readonly clock: ScheduleClock;
  readonly listeners: ((event: EventEnvelope) => void)[] = [];
  readonly failureListeners: ((failure: FailedDelivery) => void)[] = [];
  readonly rules = new Map<string, Rule>();
  readonly #options: EventBridgeOptions;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #lost = new Set<{ readonly source: string; count: number }>();
  readonly #disordered = new Map<string, DisorderedEvents>();

  constructor(options: EventBridgeOptions) {
    this.#options = options;
    this.clock = new ScheduleClock(options.timeScale);
  }

  /** @throws UnsupportedEventPattern, UnsupportedTarget, UnsupportedTargetInput, UnsupportedSchedule */
  register(registration: EventRuleRegistration): void {
    const { eventPattern, scheduleExpression, targets } = registration;
    const rule: Rule = {
      registration,
      matches: eventPattern === undefined ? () => false : compilePattern(eventPattern),
      targets: targets.map((target) => {
        targetKind(target.arn);
        return { target, inputOf: compileTargetInput(target) };
      }),
    };
    const periodMillis = scheduleExpression === undefined ? undefined : ratePeriodMillis(scheduleExpression);
    this.rules.set(registration.name, rule);
    if (!registration.enabled || periodMillis === undefined) return;
    this.clock.add(registration.name, periodMillis, async () => {
      const event = this.#envelope({
        source: 'aws.events',
        detailType: 'Scheduled Event',
        time: new Date(),
        resources: [registration.arn],
        detail: {},
      });
      await this.#deliverTo(rule, event);
    });
  }

  disorder(source: string): UntidyEvents {
    const disordered = new DisorderedEvents();
    this.#disordered.set(source, disordered);
    return {
      end: () => {
        this.#disordered.delete(source);
        for (const event of disordered.release()) this.put(event);
      },
      count: () => disordered.heldBack,
    };
  }

  /** What arrives now that this event has happened. */
  arriving(event: BusEvent): readonly BusEvent[] {
    return this.#disordered.get(event.source)?.after(event) ?? [event];
  }

  lose(source: string): UntidyEvents {
    const lost = { source, count: 0 };
    this.#lost.add(lost);
    return { end: () => void this.#lost.delete(lost), count: () => lost.count };
  }

  /** Whether the event gets lost; counts it then. */
  loses({ source }: BusEvent): boolean {
    const losing = [...this.#lost].filter((lost) => lost.source === source);
    for (const lost of losing) lost.count += 1;
    return losing.length > 0;
  }

  /** Returns the id of the event. */
  put(event: BusEvent): string {
    const envelope = this.#envelope(event);
    for (const listener of this.listeners) listener(envelope);
    for (const rule of this.rules.values()) {
      if (rule.registration.enabled && rule.matches(envelope)) void this.#deliverTo(rule, envelope);
    }
    return envelope.id;
  }

  /** Waits for the deliveries under way; those that would be retried are given up. */
  async finish(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay);
  }

  async #deliverTo(rule: Rule, event: EventEnvelope): Promise<void> {
    const deliveries = rule.targets.map(({ target, inputOf }) =>
      deliver(
        {
          sourceArn: rule.registration.arn,
          service: 'events.amazonaws.com',
          targetArn: target.arn,
          input: inputOf(event),
          ...(target.roleArn === undefined ? {} : { roleArn: target.roleArn }),
          ...(target.retryPolicy === undefined ? {} : { retryPolicy: target.retryPolicy }),
          ...(target.deadLetterQueueArn === undefined
            ? {}
            : { deadLetterQueueArn: target.deadLetterQueueArn }),
        },
        this.#options.services,
        this.#options.timeScale,
        this.#closing.signal,
      ),
    );
    const done = Promise.all(deliveries).then((failures) => {
      for (const failure of failures) {
        if (failure !== undefined) for (const listener of this.failureListeners) listener(failure);
      }
    });
    this.#underWay.add(done);
    await done.finally(() => this.#underWay.delete(done));
  }

  #envelope(event: BusEvent): EventEnvelope {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': event.detailType,
      source: event.source,
      account: this.#options.accountId,
      time: event.time.toISOString().replace(/\.\d{3}Z$/, 'Z'),
      region: this.#options.region,
      resources: event.resources,
      detail: event.detail,
    };
  }
}

function operations(bus: DefaultBus): Readonly<Record<string, Operation>> {
  return {
    PutEvents: (input) => {
      const entries = ((input.Entries ?? []) as WireInput[]).map((entry) => putEntry(bus, entry));
      return { FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length, Entries: entries };
    },
    ListRules: () => ({
      Rules: [...bus.rules.values()].map(({ registration }) => ({
        Name: registration.name,
        Arn: registration.arn,
        State: registration.enabled ? 'ENABLED' : 'DISABLED',
        EventBusName: 'default',
        ScheduleExpression: registration.scheduleExpression,
        EventPattern:
          registration.eventPattern === undefined ? undefined : JSON.stringify(registration.eventPattern),
      })),
    }),
  };
}

function putEntry(bus: DefaultBus, entry: WireInput): Readonly<Record<string, string>> {
  const source = optionalString(entry, 'Source');
  const detailType = optionalString(entry, 'DetailType');
  const detail = parseDetail(optionalString(entry, 'Detail'));
  const invalid = (message: string) => ({ ErrorCode: 'InvalidArgument', ErrorMessage: message });
  if (source === undefined)
    return invalid('Parameter Source is not valid. Reason: Source is a required argument.');
  if (detailType === undefined) {
    return invalid('Parameter DetailType is not valid. Reason: DetailType is a required argument.');
  }
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  if (source.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  const time = typeof entry.Time === 'number' ? new Date(entry.Time * 1000) : new Date();
  const resources = (entry.Resources ?? []) as readonly string[];
  return { EventId: bus.put({ source, detailType, time, resources, detail }) };
}

function parseDetail(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const detail: unknown = JSON.parse(text ?? '');
    return typeof detail === 'object' && detail !== null ? (detail as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
