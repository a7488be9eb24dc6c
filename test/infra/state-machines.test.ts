import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import validate from 'asl-validator';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDefinition } from '../../infra/aws/definition.ts';
import { functionName } from '../../infra/aws/function-definition.ts';
import { grantsOf } from './statements.ts';
import { functionFiles, projectDirectory, resourcesOf, synthesize } from './synthesized.ts';

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Seconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly unknown[];
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
}
interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly JitterStrategy?: string;
}
interface Machine {
  readonly Comment?: string;
  readonly States: Readonly<Record<string, State>>;
}

const directory = join(projectDirectory, 'statemachines');
const files = globSync('*.asl.yaml', { cwd: directory }).sort();
const functions = new Set(functionFiles().map(functionName));

/** Why a task is not repeated by its own Retry. */
const noRetry: Readonly<Record<string, string>> = {
  'arn:aws:states:::states:startExecution.sync:2':
    'the child repeats its own tasks; a whole procedure is never blindly started again',
};

function machineOf(file: string): Machine {
  return parse(readFileSync(join(directory, file), 'utf8')) as Machine;
}

function statesOf(machine: Machine): [string, State][] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.Branches ?? []).flatMap(statesOf),
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor)),
  ]);
}

function lambdaPlaceholder({ Resource, Parameters }: State): string | undefined {
  const text = Parameters?.FunctionName ?? Resource ?? '';
  return /^\$\{(\w+)\}$/.exec(text)?.[1];
}

describe.each(files)('%s', (file) => {
  const machine = machineOf(file);
  const states = statesOf(machine);
  const tasks = states.filter(([, { Type }]) => Type === 'Task');

  test('is valid Amazon States Language', () => {
    const values: Record<string, number | string[]> = {
      ApprovalWindowSeconds: 3600,
      SalvageWindowSeconds: 300,
      RestorePointWindowSeconds: 300,
      InstanceChangeWindowSeconds: 900,
      ConfiguredExchanges: ['kraken'],
    };
    const definition = readDefinition(join(directory, file)).render(
      (name) => values[name] ?? `arn:aws:lambda:eu-central-1:111111111111:function:${name}`,
    );
    const { isValid, errorsText } = validate(JSON.parse(definition) as Parameters<typeof validate>[0]);
    expect(errorsText?.('\n') ?? '').toBe('');
    expect(isValid).toBe(true);
  });

  test('says what it is and what input it takes', () => {
    expect(machine.Comment).toMatch(/Input: /);
  });

  test('a state that runs a function is called as the function and its file', () => {
    for (const [name, state] of tasks) {
      const placeholder = lambdaPlaceholder(state);
      if (placeholder === undefined) continue;
      expect(placeholder).toBe(name);
      expect(functions).toContain(name);
    }
  });

  test('every placeholder is a function, a state machine or a known value', () => {
    const machines = new Set(files.map((each) => functionName(basename(each, '.asl.yaml'))));
    const known = new Set([
      ...functions,
      ...machines,
      'ApprovalWindowSeconds',
      'SalvageWindowSeconds',
      'RestorePointWindowSeconds',
      'InstanceChangeWindowSeconds',
      'ConfiguredExchanges',
    ]);
    const unknown = readDefinition(join(directory, file)).placeholders.filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });

  test('every task has a deadline', () => {
    const endless = tasks.filter(
      ([, { TimeoutSeconds, TimeoutSecondsPath }]) => (TimeoutSeconds ?? TimeoutSecondsPath) === undefined,
    );
    expect(endless.map(([name]) => name)).toEqual([]);
  });

  test('every task is repeated on what may pass, with jitter, or there is a reason not to', () => {
    for (const [name, { Retry = [], Resource = '' }] of tasks) {
      if (Resource in noRetry) continue;
      expect(
        Retry.flatMap(({ ErrorEquals }) => ErrorEquals),
        name,
      ).toContain('ServiceUnavailable');
      expect(
        Retry.map(({ JitterStrategy }) => JitterStrategy),
        name,
      ).toEqual(Retry.map(() => 'FULL'));
    }
  });

  test('every task catches what it cannot do', () => {
    const uncaught = tasks.filter(([, { Catch }]) => Catch === undefined);
    expect(uncaught.map(([name]) => name)).toEqual([]);
  });

  test('every task says which clause of the SOP it is, or what it is for', () => {
    const silent = tasks.filter(
      ([name, { Comment }]) => Comment === undefined && !/^(Await|ReleaseRecoveryLease)/.test(name),
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  test('no wait is shorter than a minute', () => {
    const waits = states.filter(([, { Type }]) => Type === 'Wait');
    expect(waits.filter(([, { Seconds = 0 }]) => Seconds < 60)).toEqual([]);
  });
});

describe('time limits', () => {
  const timeouts = new Map(
    Object.values(resourcesOf(synthesize('example'), 'AWS::Lambda::Function')).map(({ Properties }) => [
      String(Properties.FunctionName).split('-').at(-1),
      Number(Properties.Timeout),
    ]),
  );
  const waiting = files
    .flatMap((file) => statesOf(machineOf(file)))
    .flatMap(([name, { Resource, TimeoutSeconds }]) =>
      lambdaPlaceholder({ Type: 'Task', Resource: Resource ?? '' }) === undefined
        ? []
        : [[name, TimeoutSeconds]],
    );

  test.each(waiting)('%s stops by itself before its state gives up, and says why', (name, seconds) => {
    expect(timeouts.get(String(name))).toBeLessThan(Number(seconds));
  });
});

describe('whether another execution still runs', () => {
  const asking = grantsOf(synthesize('example')).filter(
    ({ owner, action }) => action === 'states:DescribeExecution' && functions.has(owner),
  );

  test.each([...new Set(asking.map(({ owner }) => owner))])(
    '%s may ask of every machine that it works in',
    (owner) => {
      const machines = files.filter((file) =>
        readDefinition(join(directory, file)).placeholders.includes(owner),
      );
      expect(machines).not.toEqual([]);
      const asked = asking.filter((grant) => grant.owner === owner).map(({ resource }) => resource);
      for (const machine of machines.map((file) => basename(file, '.asl.yaml')))
        expect(asked.filter((resource) => resource.endsWith(`-recovery-${machine}:*`))).toHaveLength(1);
    },
  );
});

test('every function that is no route, no schedule and called by no other is a state of some machine', () => {
  const elsewhere = [
    'SignInAsApplication',
    'EmergencyHalt',
    'GetTradingState',
    'GetIncident',
    'RecordApproval',
    'RecordBaseline',
    'CheckAwaitedInstances',
    'RecordFingerprints',
    'WatchRestorableTime',
  ];
  const used = new Set(files.flatMap((file) => readDefinition(join(directory, file)).placeholders));
  expect([...functions].filter((name) => !used.has(name) && !elsewhere.includes(name))).toEqual([]);
});
