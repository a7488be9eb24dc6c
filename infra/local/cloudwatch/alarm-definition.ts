import type { AlarmRegistration, ResourceProperties } from '../deployer/registrars.ts';
import { isStatistic, type MetricIdentity, type Statistic } from './metric.ts';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';
export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** A metric alarm. */
export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly metric: MetricIdentity;
  readonly statistic: Statistic;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missingData: MissingData;
  readonly actionsEnabled: boolean;
  /** ARNs of SNS topics. */
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
}

/** An alarm with a property that is missing, wrong, or not supported on the laptop. */
export class UnsupportedAlarm extends Error {
  override readonly name = 'UnsupportedAlarm';

  constructor(alarm: string, property: string, reason: string) {
    super(`Alarm '${alarm}': ${property} ${reason}`);
  }
}

const comparisons: readonly unknown[] = [
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
];
const missingDataChoices: readonly unknown[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const knownProperties = new Set([
  'AlarmName',
  'AlarmDescription',
  'Namespace',
  'MetricName',
  'Dimensions',
  'Statistic',
  'Period',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
  'ActionsEnabled',
  'AlarmActions',
  'OKActions',
  'InsufficientDataActions',
  'Unit',
  'Tags',
]);

/** Reads the properties of AWS::CloudWatch::Alarm. @throws UnsupportedAlarm naming the property */
export function alarmDefinition({ name, arn, properties }: AlarmRegistration): AlarmDefinition {
  const unknown = Object.keys(properties).find((property) => !knownProperties.has(property));
  if (unknown !== undefined) throw new UnsupportedAlarm(name, unknown, 'is not supported on the laptop');
  const read = new Reader(name, properties);
  const evaluationPeriods = read.positiveInteger('EvaluationPeriods');
  const datapointsToAlarm =
    properties.DatapointsToAlarm === undefined
      ? evaluationPeriods
      : read.positiveInteger('DatapointsToAlarm');
  if (datapointsToAlarm > evaluationPeriods) {
    throw new UnsupportedAlarm(name, 'DatapointsToAlarm', 'exceeds EvaluationPeriods');
  }
  const { Statistic, AlarmDescription } = properties;
  if (!isStatistic(Statistic))
    throw new UnsupportedAlarm(name, 'Statistic', `'${Statistic}' is not supported`);
  return {
    name,
    arn,
    ...(typeof AlarmDescription === 'string' ? { description: AlarmDescription } : {}),
    metric: {
      namespace: read.text('Namespace'),
      name: read.text('MetricName'),
      dimensions: read.dimensions(),
    },
    statistic: Statistic,
    periodSeconds: read.positiveInteger('Period'),
    evaluationPeriods,
    datapointsToAlarm,
    threshold: read.number('Threshold'),
    comparison: read.choice('ComparisonOperator', comparisons) as Comparison,
    missingData: read.choice('TreatMissingData', missingDataChoices, 'missing') as MissingData,
    actionsEnabled: properties.ActionsEnabled !== false,
    alarmActions: read.topics('AlarmActions'),
    okActions: read.topics('OKActions'),
    insufficientDataActions: read.topics('InsufficientDataActions'),
  };
}

class Reader {
  readonly #alarm: string;
  readonly #properties: ResourceProperties;

  constructor(alarm: string, properties: ResourceProperties) {
    this.#alarm = alarm;
    this.#properties = properties;
  }

  text(property: string): string {
    const value = this.#properties[property];
    if (typeof value === 'string' && value !== '') return value;
    throw new UnsupportedAlarm(this.#alarm, property, 'must be a non-empty string');
  }

  number(property: string): number {
    const value = this.#properties[property];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new UnsupportedAlarm(this.#alarm, property, 'must be a number');
  }

  positiveInteger(property: string): number {
    const value = this.number(property);
    if (Number.isInteger(value) && value > 0) return value;
    throw new UnsupportedAlarm(this.#alarm, property, 'must be a positive integer');
  }

  choice(property: string, choices: readonly unknown[], byDefault?: string): unknown {
    const value = this.#properties[property] ?? byDefault;
    if (choices.includes(value)) return value;
    throw new UnsupportedAlarm(this.#alarm, property, `must be one of ${choices.join(', ')}`);
  }

  dimensions(): Record<string, string> {
    const list = (this.#properties.Dimensions ?? []) as { Name: string; Value: string }[];
    return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
  }

  topics(property: string): readonly string[] {
    const arns = (this.#properties[property] ?? []) as string[];
    const other = arns.find((arn) => !/^arn:[^:]+:sns:/.test(arn));
    if (other !== undefined) {
      throw new UnsupportedAlarm(this.#alarm, property, `notifies SNS topics only, not '${other}'`);
    }
    return arns;
  }
}
