import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { parse } from 'yaml';
import { type AdaptedInput, adaptDefinition } from '../../infra/local/step-functions/adapt-definition.ts';
import type { AslMachine, AslState } from '../../infra/local/step-functions/states-language.ts';

const directory = resolve(import.meta.dirname, '..', '..', 'statemachines');

/** A definition of the project as it is written. */
export function definitionOf(name: string): AslMachine {
  return parse(readFileSync(join(directory, `${name}.asl.yaml`), 'utf8')) as AslMachine;
}

/** The loop that most restore orchestrators have, this one until it had task tokens. */
export function pollingLoop(intervalSeconds: number): AslMachine {
  return {
    StartAt: 'Look',
    States: {
      Look: { Type: 'Task', Resource: 'look', ResultPath: '$.looked', Next: 'ReadyDecision' },
      ReadyDecision: {
        Type: 'Choice',
        Choices: [{ Variable: '$.looked.ready', BooleanEquals: true, Next: 'Ready' }],
        Default: 'Pause',
      },
      Pause: { Type: 'Wait', Seconds: intervalSeconds, Next: 'Look' },
      Ready: { Type: 'Succeed' },
    },
  };
}

/**
 * Runs a definition on the engine of the laptop, its tasks and waits in the hands of the bench, so that no real time passes.
 * @returns states that were entered: AWS bills each.
 */
export async function countTransitions(
  machine: AslMachine,
  input: object,
  carryOut: Readonly<Record<string, (input: AdaptedInput) => Promise<unknown>>>,
): Promise<number> {
  const engine = new StateMachine(adaptDefinition(machine, 1), {
    validationOptions: { noValidate: true },
  });
  const run = engine.run(input as never, {
    overrides: { taskResourceLocalHandlers: carryOut as never },
    context: {
      RunningExecution: { Id: 'execution', StartTime: new Date(0).toISOString() },
      Task: { Token: 'token' },
    } as never,
  });
  let transitions = 0;
  for await (const event of run.eventLogs) if (event.type === 'StateEntered') transitions += 1;
  await run.result;
  return transitions;
}

/** A wait that a procedure makes, as its definition says. */
export interface PlannedWait {
  readonly purpose: string;
  readonly deadlineSeconds: number;
}

/** Every wait for an instance in a procedure, in the order of the definition. */
export function waitsOf(machine: AslMachine): PlannedWait[] {
  return Object.values(machine.States).flatMap(({ Parameters }) => {
    const { StateMachineArn, Input } = (Parameters ?? {}) as {
      StateMachineArn?: string;
      Input?: PlannedWait;
    };
    return StateMachineArn?.includes('AwaitDatabaseInstance') && Input !== undefined ? [Input] : [];
  });
}

/** States on the longest way from the start to a good end, none of them twice and no error caught: at most so many transitions. */
export function longestGoodWay(
  machine: AslMachine,
  from = machine.StartAt,
  passed: ReadonlySet<string> = new Set(),
): number {
  const state = machine.States[from];
  if (state === undefined || passed.has(from) || state.Type === 'Fail') return Number.NEGATIVE_INFINITY;
  if (state.Type === 'Succeed' || state.End === true) return 1;
  const before = new Set([...passed, from]);
  return 1 + Math.max(...nextOf(state).map((next) => longestGoodWay(machine, next, before)));
}

function nextOf({ Next, Default, Choices = [] }: AslState): string[] {
  return [Next, Default, ...(Choices as { Next?: string }[]).map((choice) => choice.Next)].filter(
    (name): name is string => typeof name === 'string',
  );
}
