import { physicalName } from '../physical-name.ts';
import { optionalText } from '../property-reader.ts';
import { arnIn, type ResourceType } from '../resource-type.ts';

/** AWS::CloudWatch::Alarm. What it means is the business of the stand-in, which refuses what it does not evaluate. */
export const alarm: ResourceType = {
  type: 'AWS::CloudWatch::Alarm',
  properties: [
    'ActionsEnabled',
    'AlarmActions',
    'AlarmDescription',
    'AlarmName',
    'ComparisonOperator',
    'DatapointsToAlarm',
    'Dimensions',
    'EvaluateLowSampleCountPercentile',
    'EvaluationPeriods',
    'ExtendedStatistic',
    'InsufficientDataActions',
    'MetricName',
    'Metrics',
    'Namespace',
    'OKActions',
    'Period',
    'Statistic',
    'Tags',
    'Threshold',
    'TreatMissingData',
    'Unit',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'AlarmName') ?? physicalName(resource, context, 255);
    const arn = arnIn(context, 'cloudwatch', `alarm:${name}`);
    await context.registrars.alarms.registerAlarm({ name, arn, properties: resource.properties });
    return { ref: name, attributes: { Arn: arn } };
  },
};
