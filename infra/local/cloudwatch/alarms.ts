import type { Authorize, MessageSender } from '../deployer/registrars.ts';
import type { BusEvent } from '../event-bridge/bus-event.ts';
import { type AlarmDefinition, UnsupportedAlarm } from './alarm-definition.ts';
import {
  type AlarmStateValue,
  type Datapoint,
  evaluate,
  extraPeriods,
  isBreachFinal,
} from './alarm-evaluation.ts';
import { type AlarmState, alarmMessage, alarmStateChange } from './alarm-notice.ts';
import { alarmReason, alarmReasonData } from './alarm-reason.ts';
import { type MetricIdentity, statisticOf } from './metric.ts';
import { type MetricStore, metricKey } from './metric-store.ts';

export interface AlarmsOptions {
  readonly region: string;
  readonly accountId: string;
  /** Divides the periods of alarms. */
  readonly timeScale: number;
  readonly store: MetricStore;
  readonly authorize: Authorize;
  readonly messages: Pick<MessageSender, 'publishToTopic'>;
  readonly emit: (event: BusEvent) => void;
  /**
   * Alarms wait for `startEvaluation`: a system that is still being started has no data yet, and silence is an alarm. Otherwise each
   * is evaluated from its creation on.
   */
  readonly deferEvaluation?: boolean;
}

export interface AlarmHistoryItem {
  readonly alarmName: string;
  readonly atMillis: number;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

interface Alarm {
  readonly definition: AlarmDefinition;
  readonly configuredMillis: number;
  state: AlarmState;
  timer?: NodeJS.Timeout;
}

/** The alarms of the account: their states, transitions and what follows from them. */
export class Alarms {
  /** Oldest first. */
  readonly history: AlarmHistoryItem[] = [];
  readonly #options: AlarmsOptions;
  readonly #alarms = new Map<string, Alarm>();
  readonly #actions = new Set<Promise<void>>();
  #isEvaluating: boolean;

  constructor(options: AlarmsOptions) {
    this.#options = options;
    this.#isEvaluating = options.deferEvaluation !== true;
  }

  /** @throws UnsupportedAlarm when the name is taken */
  add(definition: AlarmDefinition): void {
    if (this.#alarms.has(definition.name)) {
      throw new UnsupportedAlarm(definition.name, 'AlarmName', 'is taken by another alarm');
    }
    const now = Date.now();
    const alarm: Alarm = {
      definition,
      configuredMillis: now,
      state: { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', sinceMillis: now },
    };
    this.#alarms.set(definition.name, alarm);
    this.#record(alarm, 'ConfigurationUpdate', `Alarm "${definition.name}" created`, {});
    if (this.#isEvaluating) this.#awaitBoundary(alarm);
  }

  /** Evaluates the alarms that waited for it. */
  startEvaluation(): void {
    if (this.#isEvaluating) return;
    this.#isEvaluating = true;
    for (const alarm of this.#alarms.values()) this.#awaitBoundary(alarm);
  }

  all(): readonly Readonly<Alarm>[] {
    return [...this.#alarms.values()];
  }

  /** Sets a state by hand; the next evaluation may change it, as in AWS. Returns whether the alarm exists. */
  setState(name: string, value: AlarmStateValue, reason: string, reasonData?: string): boolean {
    const alarm = this.#alarms.get(name);
    if (alarm === undefined) return false;
    this.#transition(alarm, {
      value,
      reason,
      sinceMillis: Date.now(),
      ...(reasonData === undefined ? {} : { reasonData }),
    });
    return true;
  }

  /** New data may set off an alarm before its period ends, when nothing that follows could undo the breach. */
  dataArrived(metric: MetricIdentity): void {
    if (!this.#isEvaluating) return;
    const key = metricKey(metric);
    for (const alarm of this.#alarms.values()) {
      const { definition } = alarm;
      if (metricKey(definition.metric) !== key || !isBreachFinal(definition)) continue;
      const period = this.#periodMillis(alarm);
      const untilMillis = (Math.floor(Date.now() / period) + 1) * period;
      const datapoints = this.#datapoints(alarm, untilMillis);
      if (evaluate(definition, datapoints) === 'ALARM') this.#enter(alarm, 'ALARM', datapoints);
    }
  }

  /** Stops evaluating and waits for notifications under way. */
  async close(): Promise<void> {
    for (const { timer } of this.#alarms.values()) clearTimeout(timer);
    await Promise.all(this.#actions);
  }

  #awaitBoundary(alarm: Alarm) {
    const period = this.#periodMillis(alarm);
    const boundaryMillis = (Math.floor(Date.now() / period) + 1) * period;
    alarm.timer = setTimeout(() => {
      const datapoints = this.#datapoints(alarm, boundaryMillis);
      const value = evaluate(alarm.definition, datapoints);
      if (value !== undefined) this.#enter(alarm, value, datapoints);
      this.#awaitBoundary(alarm);
    }, boundaryMillis - Date.now());
  }

  #periodMillis({ definition }: Alarm): number {
    return (definition.periodSeconds * 1000) / this.#options.timeScale;
  }

  /** The periods with data in the evaluation range that ends at a boundary, oldest first. */
  #datapoints(alarm: Alarm, untilMillis: number): readonly Datapoint[] {
    const { definition } = alarm;
    const period = this.#periodMillis(alarm);
    const datapoints: Datapoint[] = [];
    for (let back = definition.evaluationPeriods + extraPeriods; back > 0; back -= 1) {
      const fromMillis = untilMillis - back * period;
      const samples = this.#options.store.between(definition.metric, fromMillis, fromMillis + period);
      const value = statisticOf(samples, definition.statistic);
      const sampleCount = samples.reduce((total, { count }) => total + count, 0);
      if (value !== undefined) datapoints.push({ atMillis: fromMillis, value, sampleCount });
    }
    return datapoints;
  }

  #enter(alarm: Alarm, value: AlarmStateValue, datapoints: readonly Datapoint[]) {
    if (value === alarm.state.value) return;
    const sinceMillis = Date.now();
    this.#transition(alarm, {
      value,
      reason: alarmReason(alarm.definition, datapoints, value),
      reasonData: alarmReasonData(alarm.definition, datapoints, sinceMillis),
      sinceMillis,
    });
  }

  #transition(alarm: Alarm, state: AlarmState) {
    const previous = alarm.state;
    if (previous.value === state.value) return;
    alarm.state = state;
    const { definition } = alarm;
    this.#record(alarm, 'StateUpdate', `Alarm updated from ${previous.value} to ${state.value}`, {
      version: '1.0',
      oldState: historyState(previous),
      newState: historyState(state),
    });
    this.#options.emit(alarmStateChange(definition, state, previous));
    if (!definition.actionsEnabled) return;
    const message = alarmMessage(definition, state, previous, this.#options);
    for (const topicArn of topicsOf(definition, state.value)) {
      const action = this.#notify(alarm, topicArn, message);
      this.#actions.add(action);
      void action.finally(() => this.#actions.delete(action));
    }
  }

  async #notify(alarm: Alarm, topicArn: string, message: ReturnType<typeof alarmMessage>) {
    try {
      this.#options.authorize({
        principal: 'cloudwatch.amazonaws.com',
        action: 'sns:Publish',
        resource: topicArn,
        sourceArn: alarm.definition.arn,
      });
      await this.#options.messages.publishToTopic(topicArn, message);
      this.#record(alarm, 'Action', `Successfully executed action ${topicArn}`, { actionState: 'Succeeded' });
    } catch (error) {
      this.#record(alarm, 'Action', `Failed to execute action ${topicArn}`, {
        actionState: 'Failed',
        error: (error as Error).message,
      });
    }
  }

  #record(alarm: Alarm, type: AlarmHistoryItem['type'], summary: string, data: object) {
    this.history.push({
      alarmName: alarm.definition.name,
      atMillis: Date.now(),
      type,
      summary,
      data: JSON.stringify(data),
    });
  }
}

function historyState({ value, reason, reasonData }: AlarmState) {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
  };
}

function topicsOf(definition: AlarmDefinition, value: AlarmStateValue): readonly string[] {
  if (value === 'ALARM') return definition.alarmActions;
  return value === 'OK' ? definition.okActions : definition.insufficientDataActions;
}
