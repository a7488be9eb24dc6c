import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlarmDefinition, MissingData } from '../../../infra/local/cloudwatch/alarm-definition.ts';
import { evaluate, isBreachFinal } from '../../../infra/local/cloudwatch/alarm-evaluation.ts';

const alarm = (fields: Partial<AlarmDefinition>): AlarmDefinition => ({
  name: 'a',
  arn: 'arn',
  metric: { namespace: 'N', name: 'M', dimensions: {} },
  statistic: 'Average',
  periodSeconds: 60,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 5,
  comparison: 'GreaterThanThreshold',
  missingData: 'missing',
  actionsEnabled: true,
  alarmActions: [],
  okActions: [],
  insufficientDataActions: [],
  ...fields,
});
const points = (values: readonly number[]) =>
  values.map((value, index) => ({ atMillis: index, value, sampleCount: 1 }));

describe('evaluation, as the tables of the CloudWatch user guide have it', () => {
  it.each([
    [
      '- - - - -',
      [],
      { missing: 'INSUFFICIENT_DATA', ignore: undefined, breaching: 'ALARM', notBreaching: 'OK' },
    ],
    ['0 - - - -', [0], { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
    ['- - X - -', [9], { missing: 'ALARM', ignore: undefined, breaching: 'ALARM', notBreaching: 'OK' }],
    ['0 - X - X', [0, 9, 9], { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
    ['X X X', [9, 9, 9], { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ] as const)('3 of 3 with %s', (_range, values, expected) => {
    for (const [missingData, state] of Object.entries(expected)) {
      expect(evaluate(alarm({ missingData: missingData as MissingData }), points(values))).toBe(state);
    }
  });

  it('needs only DatapointsToAlarm of the periods', () => {
    expect(evaluate(alarm({ datapointsToAlarm: 2 }), points([9, 0, 9]))).toBe('ALARM');
    expect(evaluate(alarm({ datapointsToAlarm: 2 }), points([0, 0, 9]))).toBe('OK');
  });

  it('looks at the most recent periods only', () => {
    expect(evaluate(alarm({}), points([9, 9, 9, 0, 0]))).toBe('OK');
  });

  it.each([
    ['GreaterThanThreshold', 5, 'OK'],
    ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
    ['LessThanThreshold', 5, 'OK'],
    ['LessThanOrEqualToThreshold', 5, 'ALARM'],
  ] as const)('%s against the threshold itself is %s', (comparison, value, state) => {
    expect(evaluate(alarm({ comparison, evaluationPeriods: 1, datapointsToAlarm: 1 }), points([value]))).toBe(
      state,
    );
  });
});

it('a breach that counts before the period ends is never undone by more data', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('Maximum', 'Sum', 'SampleCount', 'Minimum', 'Average'),
      fc.constantFrom('GreaterThanThreshold', 'LessThanThreshold'),
      fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 5 }),
      (statistic, comparison, before, after) => {
        const definition = alarm({ statistic, comparison, evaluationPeriods: 1, datapointsToAlarm: 1 });
        if (!isBreachFinal(definition)) return;
        const over = (values: number[]) => {
          const total = values.reduce((sum, value) => sum + value, 0);
          const value = {
            Maximum: Math.max(...values),
            Minimum: Math.min(...values),
            Sum: total,
            SampleCount: values.length,
            Average: total / values.length,
          }[statistic];
          return evaluate(definition, points([value]));
        };
        if (over(before) === 'ALARM') expect(over([...before, ...after])).toBe('ALARM');
      },
    ),
    { seed: 20261122, numRuns: 500 },
  );
});
