import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import { type AslMachine, type AslState, holdsPath } from './states-language.ts';

/** Where our context object keeps what the engine would overwrite in `$$.Execution` within branches. */
export const executionContextField = 'RunningExecution';
/** Where our context object keeps `$$.State`, by state name. */
export const stateContextField = 'RunningStates';

/** The longest timer of Node; AWS waits 99999999 s for a task without a timeout, the engine would wait 60 s. */
const longestTimerSeconds = 2_147_483;
const shortestRetrySeconds = 0.005;

/** What the engine gives to the handler of a state that this runtime carries out itself. */
export interface AdaptedInput {
  /** The state's effective input, or what its `Parameters` make of it. */
  readonly arguments: unknown;
  /** Deadline of a Task from `TimeoutSecondsPath`. */
  readonly timeoutSeconds?: number;
  /** Duration of a Wait from `SecondsPath`. */
  readonly seconds?: number;
  /** End of a Wait from `TimestampPath`. */
  readonly timestamp?: string;
}

/**
 * Rewrites a validated definition so that `aws-local-stepfunctions` runs it as AWS does:
 * Task, Wait and constant Pass states become tasks of this runtime (own deadlines, tokens and time scale),
 * comparisons check the type first (the engine compares as JavaScript does), `IsPresent: false` and its like
 * negate (the engine takes them as never true), `ResultPath: "$"` replaces, and `$$.Execution` and `$$.State`
 * point to values that the engine does not overwrite.
 * @param timeScale divides the intervals of retries
 */
export function adaptDefinition(machine: AslMachine, timeScale: number): StateMachineDefinition {
  const states = Object.fromEntries(
    Object.entries(machine.States).map(([name, state]) => [name, adaptState(name, state, timeScale)]),
  );
  return { ...machine, States: states } as unknown as StateMachineDefinition;
}

function adaptState(name: string, original: AslState, timeScale: number): AslState {
  const { Branches, ItemProcessor, Iterator, ...own } = original;
  const state = rewritePaths(own, name) as AslState;
  const adapted: Record<string, unknown> = { ...state, ...adaptByType(state) };
  if (state.Retry !== undefined) {
    adapted.Retry = (state.Retry as Retrier[]).map((retrier) => scaleRetrier(retrier, timeScale));
  }
  if (state.Catch !== undefined) adapted.Catch = (state.Catch as object[]).map(withoutRootResultPath);
  if (Branches !== undefined) {
    adapted.Branches = (Branches as AslMachine[]).map((branch) => adaptDefinition(branch, timeScale));
  }
  const processor = ItemProcessor ?? Iterator;
  if (processor !== undefined) adapted.ItemProcessor = adaptDefinition(processor as AslMachine, timeScale);
  return withoutRootResultPath(adapted) as AslState;
}

function adaptByType(state: AslState): Readonly<Record<string, unknown>> {
  switch (state.Type) {
    case 'Task':
      return adaptTask(state);
    case 'Wait':
      return adaptWait(state);
    case 'Pass':
      // The engine takes a Result of false, 0, "" or null for none.
      return 'Result' in state && !state.Result ? ownTask({ 'arguments.$': '$' }) : {};
    case 'Choice':
      return { Choices: (state.Choices as ChoiceRule[]).map(adaptRule) };
    default:
      return {};
  }
}

function ownTask(parameters: object) {
  return {
    Type: 'Task',
    Parameters: parameters,
    TimeoutSeconds: longestTimerSeconds,
    TimeoutSecondsPath: undefined,
  };
}

function adaptTask(state: AslState) {
  return ownTask({
    ...(state.Parameters === undefined ? { 'arguments.$': '$' } : { arguments: state.Parameters }),
    ...(state.TimeoutSecondsPath === undefined ? {} : { 'timeoutSeconds.$': state.TimeoutSecondsPath }),
  });
}

function adaptWait(state: AslState) {
  return ownTask({
    'arguments.$': '$',
    ...(state.SecondsPath === undefined ? {} : { 'seconds.$': state.SecondsPath }),
    ...(state.TimestampPath === undefined ? {} : { 'timestamp.$': state.TimestampPath }),
  });
}

function rewritePaths(value: unknown, stateName: string, key = ''): unknown {
  if (typeof value === 'string') {
    if (!holdsPath(key)) return value;
    return value
      .replaceAll(/\$\$\.Execution\b/g, `$$$$.${executionContextField}`)
      .replaceAll(/\$\$\.State\./g, () => `$$.${stateContextField}['${stateName}'].`);
  }
  if (Array.isArray(value)) return value.map((item) => rewritePaths(item, stateName, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, rewritePaths(item, stateName, field)]),
  );
}

function withoutRootResultPath(fields: object): object {
  const { ResultPath, ...rest } = fields as Record<string, unknown>;
  return ResultPath === '$' || ResultPath === undefined ? rest : fields;
}

interface Retrier {
  readonly IntervalSeconds?: number;
  readonly MaxDelaySeconds?: number;
}

function scaleRetrier(retrier: Retrier, timeScale: number): Retrier {
  const scaled = (seconds: number) => Math.max(seconds / timeScale, shortestRetrySeconds);
  return {
    ...retrier,
    IntervalSeconds: scaled(retrier.IntervalSeconds ?? 1),
    ...(retrier.MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds: scaled(retrier.MaxDelaySeconds) }),
  };
}

interface ChoiceRule {
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly Variable?: string;
  readonly Next?: string;
  readonly [field: string]: unknown;
}

function adaptRule({ Next, ...rule }: ChoiceRule): ChoiceRule {
  return { ...adaptExpression(rule), ...(Next === undefined ? {} : { Next }) };
}

function adaptExpression(rule: ChoiceRule): ChoiceRule {
  if (rule.And !== undefined) return { And: rule.And.map(adaptExpression) };
  if (rule.Or !== undefined) return { Or: rule.Or.map(adaptExpression) };
  if (rule.Not !== undefined) return { Not: adaptExpression(rule.Not) };
  const { Variable = '$', Comment: _comment, ...comparison } = rule;
  const [operator = '', operand] = Object.entries(comparison)[0] ?? [];
  if (operator.startsWith('Is')) {
    const test = { Variable, [operator]: true };
    return operand === true ? test : { Not: test };
  }
  const type = /^(String|Numeric|Timestamp)/.exec(operator)?.[1];
  return type === undefined ? rule : { And: [{ Variable, [`Is${type}`]: true }, rule] };
}
