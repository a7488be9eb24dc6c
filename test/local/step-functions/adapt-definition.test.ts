import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionArn, type StepFunctionsRig, startStepFunctionsRig } from './step-functions-rig.ts';

let rig: StepFunctionsRig;
beforeAll(async () => {
  rig = await startStepFunctionsRig();
});
afterAll(() => rig.close());

const outputOf = async (definition: object, input?: unknown) => {
  const record = await rig.runOnce(definition, input);
  expect(record).toMatchObject({ status: 'SUCCEEDED' });
  return JSON.parse(record.output ?? '');
};
const choose = (rule: object) => ({
  StartAt: 'Choose',
  States: {
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  },
});
const pass = (fields: object) => ({
  StartAt: 'Pass',
  States: { Pass: { Type: 'Pass', End: true, ...fields } },
});

describe('where the engine differs from AWS', () => {
  it.each([
    ['IsPresent false matches what is absent', { Variable: '$.b', IsPresent: false }, { a: 1 }, 'yes'],
    ['IsPresent false does not match what is there', { Variable: '$.a', IsPresent: false }, { a: 1 }, 'no'],
    ['IsNull false matches a value', { Variable: '$.a', IsNull: false }, { a: 1 }, 'yes'],
    ['IsString false matches a number', { Variable: '$.a', IsString: false }, { a: 1 }, 'yes'],
    ['a number in text is no number', { Variable: '$.a', NumericLessThan: 5 }, { a: '3' }, 'no'],
    ['null is less than nothing', { Variable: '$.a', NumericLessThanEquals: 5 }, { a: null }, 'no'],
    ['a number is no string', { Variable: '$.a', StringGreaterThan: '1' }, { a: 2 }, 'no'],
    [
      'text is no timestamp',
      { Variable: '$.a', TimestampLessThan: '2030-01-01T00:00:00Z' },
      { a: '2020' },
      'no',
    ],
    [
      'rules nest',
      { And: [{ Variable: '$.b', IsPresent: false }, { Not: { Variable: '$.a', NumericEquals: 2 } }] },
      { a: 1 },
      'yes',
    ],
  ])('in a Choice, %s', async (_rule, rule, input, expected) => {
    expect(await outputOf(choose(rule), input)).toBe(expected);
  });

  it.each([false, 0, '', null])('a Pass state returns the Result %j', async (result) => {
    expect(await outputOf(pass({ Result: result }), { a: 1 })).toEqual(result);
  });

  it('ResultPath "$" replaces the input', async () => {
    expect(await outputOf(pass({ Result: { b: 2 }, ResultPath: '$' }), { a: 1 })).toEqual({ b: 2 });
  });

  it('a task without TimeoutSeconds has no deadline of 60 seconds', async () => {
    const { stepFunctions } = rig;
    rig.functions.echo = (event) => event;
    const record = await rig.runOnce({
      StartAt: 'Echo',
      States: { Echo: { Type: 'Task', Resource: functionArn('echo'), End: true } },
    });
    const scheduled = record.history.find(({ type }) => type === 'LambdaFunctionScheduled');
    expect(scheduled?.lambdaFunctionScheduledEventDetails).not.toHaveProperty('timeoutInSeconds');
    expect(stepFunctions.address).toMatch(/^http:/);
  });

  it('$$.Execution means the execution, in branches and iterations too', async () => {
    const whole = { 'input.$': '$$.Execution.Input.who', 'name.$': "States.Format('{}', $$.Execution.Name)" };
    const nested = { StartAt: 'In', States: { In: { Type: 'Pass', Parameters: whole, End: true } } };
    const arn = rig.register('context', {
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Parameters: { items: [1] },
          Branches: [
            nested,
            {
              StartAt: 'Each',
              States: {
                Each: {
                  Type: 'Map',
                  ItemsPath: '$.items',
                  ItemProcessor: {
                    StartAt: 'Item',
                    States: { Item: { Type: 'Pass', Parameters: whole, End: true } },
                  },
                  End: true,
                },
              },
            },
          ],
          End: true,
        },
      },
    });
    const { output } = await rig.run(arn, { who: 'me' }, 'named');
    const expected = { input: 'me', name: 'named' };
    expect(JSON.parse(output ?? '')).toEqual([expected, [expected]]);
  });

  it('$$.State tells name and time of the state, $$.StateMachine of the machine', async () => {
    const output = await outputOf(
      pass({
        Parameters: {
          'name.$': '$$.State.Name',
          'at.$': '$$.State.EnteredTime',
          'machine.$': '$$.StateMachine.Name',
        },
      }),
    );
    expect(output).toMatchObject({ name: 'Pass', machine: expect.stringMatching(/^machine-/) });
    expect(Date.parse(output.at)).not.toBeNaN();
  });
});

describe('time scale', () => {
  it('divides waits, whether given in seconds, by path or as a time', async () => {
    const startedMillis = Date.now();
    const output = await outputOf(
      {
        StartAt: 'Fixed',
        States: {
          Fixed: { Type: 'Wait', Seconds: 30, Next: 'ByPath' },
          ByPath: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Until' },
          Until: { Type: 'Wait', TimestampPath: '$.until', End: true },
        },
      },
      { seconds: 30, until: new Date(startedMillis + 30_000).toISOString() },
    );
    expect(output.seconds).toBe(30);
    expect(Date.now() - startedMillis).toBeGreaterThanOrEqual(85);
    expect(Date.now() - startedMillis).toBeLessThan(5_000);
  });

  it('divides the intervals of retries', async () => {
    let attempts = 0;
    rig.functions.flaky = () => {
      attempts += 1;
      if (attempts < 3) throw Object.assign(new Error('again'), { name: 'Flaky' });
      return attempts;
    };
    const startedMillis = Date.now();
    const output = await outputOf({
      StartAt: 'Try',
      States: {
        Try: {
          Type: 'Task',
          Resource: functionArn('flaky'),
          Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 20, BackoffRate: 2, MaxDelaySeconds: 60 }],
          End: true,
        },
      },
    });
    expect(output).toBe(3);
    expect(Date.now() - startedMillis).toBeGreaterThanOrEqual(58);
    expect(Date.now() - startedMillis).toBeLessThan(5_000);
  });
});
