import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Severity } from '../../shared/incident/severity.ts';
import type { Configuration } from './configuration.ts';
import type { StateMachines } from './state-machines.ts';

/** Namespace of the metrics that `RecordBaseline` writes each minute. */
const NAMESPACE = 'TestudoRecovery';

/** When one of our own alarms goes off, and how grave that is. */
interface BaselineAlarm extends Pick<AlarmProps, 'threshold' | 'comparisonOperator' | 'evaluationPeriods'> {
  readonly severity: Severity;
  readonly metricName: string;
  readonly statistic: string;
  readonly treatMissingData: TreatMissingData;
  readonly alarmDescription: string;
}

const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;
/** Silence of the probe is told by `database-unreachable`; one silence, one alarm. */
const { NOT_BREACHING, BREACHING } = TreatMissingData;

/** Alarms on the baseline by the part of their name behind the platform's. One data point comes a minute. */
const baselineAlarms: Readonly<Record<string, BaselineAlarm>> = {
  'database-unreachable': {
    severity: 'P0',
    metricName: 'DatabaseReachable',
    statistic: Stats.MINIMUM,
    threshold: 1,
    comparisonOperator: LESS_THAN_THRESHOLD,
    evaluationPeriods: 2,
    treatMissingData: BREACHING,
    alarmDescription: 'SOP P0: the database does not answer, or the probe that asks it is silent',
  },
  'sudden-data-loss': {
    severity: 'P0',
    metricName: 'SuddenDataLoss',
    statistic: Stats.MAXIMUM,
    threshold: 0,
    comparisonOperator: GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: NOT_BREACHING,
    alarmDescription: 'SOP P0: rows that were there a minute ago are gone',
  },
  'invariant-violated': {
    severity: 'P0',
    metricName: 'InvariantViolations',
    statistic: Stats.MAXIMUM,
    threshold: 0,
    comparisonOperator: GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: NOT_BREACHING,
    alarmDescription: 'SOP P0: the data breaks a rule that holds at every commit',
  },
  'connections-exhausted': {
    severity: 'P0',
    metricName: 'ConnectionUsage',
    statistic: Stats.MAXIMUM,
    threshold: 0.95,
    comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 2,
    treatMissingData: NOT_BREACHING,
    alarmDescription: 'SOP P0: no connection is left for the trading services',
  },
  'database-slow': {
    severity: 'P1',
    metricName: 'ProbeLatencyMillis',
    statistic: Stats.MAXIMUM,
    threshold: 1000,
    comparisonOperator: GREATER_THAN_THRESHOLD,
    evaluationPeriods: 3,
    treatMissingData: NOT_BREACHING,
    alarmDescription: 'SOP P1: latency above one second',
  },
  'sessions-blocked': {
    severity: 'P1',
    metricName: 'BlockedSessions',
    statistic: Stats.MINIMUM,
    threshold: 3,
    comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 3,
    treatMissingData: NOT_BREACHING,
    alarmDescription: 'SOP P1: services wait for a lock that somebody holds and does not give back',
  },
};

/**
 * RDS uploads its logs about every five minutes, so ten are two uploads that did not come; told after three minutes, before the fifteen
 * that the SOP allows to be lost. It pages people and starts no response: the data is there and trading may go on, no step of the
 * procedure mends the uploads of RDS, and an incident that is open for it would take in the next real one.
 */
const restorableTimeLags = {
  threshold: 600,
  comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  evaluationPeriods: 3,
  // No backups, no instance, no watch: nothing is known to be restorable.
  treatMissingData: BREACHING,
  alarmDescription:
    'P1: a loss of the database now would cost more than 10 of the 15 minutes of the SOP, or nobody knows how much',
};

/** Severity of every alarm that starts the response: ours, and the platform's own. */
export function alarmSeverities({ platformName, alarms }: Configuration): Readonly<Record<string, Severity>> {
  const ours = Object.entries(baselineAlarms).map(([name, { severity }]) => [
    `${platformName}-${name}`,
    severity,
  ]);
  return { ...Object.fromEntries(ours), ...alarms };
}

/** What the recovery watches: the platform's data, and itself. */
export interface AlarmsProps {
  readonly configuration: Configuration;
  readonly incidentTopic: ITopic;
  readonly stateMachines: StateMachines;
  readonly deadLetters: IQueue;
}

/** Every alarm tells the emergency contacts; those on the platform's data start the response as well (`schedules.ts`). */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { configuration, incidentTopic, stateMachines, deadLetters } = props;
    const { platformName, database } = configuration;
    const alarm = (name: string, metric: IMetric, alarmProps: Omit<AlarmProps, 'alarmName' | 'metric'>) =>
      new Alarm(this, name, { ...alarmProps, alarmName: `${platformName}-${name}`, metric }).addAlarmAction(
        new SnsAction(incidentTopic),
      );
    for (const [name, { metricName, statistic, severity: _, ...alarmProps }] of Object.entries(
      baselineAlarms,
    )) {
      const metric = new Metric({
        namespace: NAMESPACE,
        metricName,
        statistic,
        period: Duration.minutes(1),
        dimensionsMap: { Database: database.identifier },
      });
      alarm(name, metric, alarmProps);
    }
    const once = {
      threshold: 0,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: NOT_BREACHING,
    };
    alarm('recovery-events-undelivered', deadLetters.metricApproximateNumberOfMessagesVisible(minutely), {
      ...once,
      alarmDescription: 'A signal or a probe did not reach the recovery: it is in the dead-letter queue',
    });
    const restorableLag = new Metric({
      namespace: NAMESPACE,
      metricName: 'RestorableLagSeconds',
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
      dimensionsMap: { Database: database.identifier },
    });
    alarm('restorable-time-lags', restorableLag, restorableTimeLags);
    const response = stateMachines.get('IncidentResponse');
    alarm('recovery-response-failed', response.metricFailed(minutely), {
      ...once,
      alarmDescription: 'A response ended without trading resumed: its timeline says what a person must do',
    });
    alarm('recovery-response-timed-out', response.metricTimedOut(minutely), {
      ...once,
      alarmDescription: 'A response ran out of time: trading stays as it is',
    });
  }
}

const minutely = { period: Duration.minutes(1) };
