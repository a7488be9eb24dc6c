import { z } from 'zod';

/** What a picture needs of a state, in Amazon States Language. */
export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Seconds?: number;
  readonly Error?: string;
  readonly Choices?: readonly Condition[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
}

/** A state machine, or a branch of one. */
export interface Machine {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

type Condition = Readonly<Record<string, unknown>>;

const State: z.ZodType<State> = z.lazy(() =>
  z.looseObject({
    Type: z.string(),
    Branches: z.array(Machine).optional(),
    ItemProcessor: Machine.optional(),
  }),
) as unknown as z.ZodType<State>;

/** As far as pictures go; the laptop and AWS validate the whole. */
export const Machine: z.ZodType<Machine> = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), State),
}) as unknown as z.ZodType<Machine>;

/** An arrow from one state to the next. `caught`: taken when the state fails. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly caught: boolean;
}

/** Names of the points before the first and after the last state of a branch. No state is called so. */
export const START = '(start)';
export const END = '(end)';

/** A state where so many failures end is named in the states that fail instead of drawn at: its arrows would cover the picture. */
const MANY_CATCHERS = 3;

/** An arrow back over more states than these is named in its state, too: it would run beside half of the picture. */
const FAR_BACK = 8;

/** Every arrow of a machine, apart from those of its branches. */
export function transitionsOf({ StartAt, States }: Machine): Transition[] {
  const arrow = (from: string, to: string, label = '', caught = false): Transition => ({
    from,
    to,
    label,
    caught,
  });
  const catchers = catchersOf(States);
  return [
    arrow(START, StartAt),
    ...Object.entries(States).flatMap(([name, state]) => [
      ...(state.Choices ?? []).map((choice) => arrow(name, String(choice.Next), conditionText(choice))),
      ...(state.Default === undefined ? [] : [arrow(name, state.Default, 'otherwise')]),
      ...(state.Next === undefined || leadsFarBack(States, name, state) ? [] : [arrow(name, state.Next)]),
      ...(state.End === true ? [arrow(name, END)] : []),
      ...(state.Catch ?? [])
        .filter(({ Next }) => (catchers.get(Next) ?? 0) < MANY_CATCHERS && Next !== state.Next)
        .map(({ ErrorEquals, Next }) => arrow(name, Next, errorText(ErrorEquals), true)),
    ]),
  ];
}

/** Where a state leads, as far as that is said in the state and not drawn. */
export function leadNote({ States }: Machine, name: string, state: State): string | null {
  if (leadsFarBack(States, name, state)) return `then: ${state.Next}`;
  const catchers = catchersOf(States);
  const targets = (state.Catch ?? [])
    .map(({ Next }) => Next)
    .filter((target) => (catchers.get(target) ?? 0) >= MANY_CATCHERS);
  if (targets.length > 0) return `fails: ${[...new Set(targets)].join(' or ')}`;
  return state.Catch?.some(({ Next }) => Next === state.Next) ? 'goes on when it fails' : null;
}

function leadsFarBack(states: Machine['States'], name: string, { Next }: State): boolean {
  const order = Object.keys(states);
  return Next !== undefined && order.indexOf(name) - order.indexOf(Next) > FAR_BACK;
}

function catchersOf(states: Machine['States']): Map<string, number> {
  const targets = Object.values(states).flatMap(({ Catch }) => [...new Set(Catch?.map(({ Next }) => Next))]);
  return new Map([...Map.groupBy(targets, (target) => target)].map(([target, all]) => [target, all.length]));
}

function errorText(errors: readonly string[]): string {
  return errors.includes('States.ALL') ? 'fails' : `fails: ${errors.join(', ')}`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  StringEquals: '=',
  NumericEquals: '=',
  NumericGreaterThan: '>',
  NumericLessThan: '<',
};

/** A condition as a person says it. */
export function conditionText(condition: Condition): string {
  if (Array.isArray(condition.And)) return condition.And.map(conditionText).join(', and ');
  if (Array.isArray(condition.Or)) return condition.Or.map(conditionText).join(', or ');
  if (typeof condition.Not === 'object' && condition.Not !== null) {
    const text = conditionText(condition.Not as Condition);
    return text.endsWith(' is there') ? text.replace(/ is there$/, ' is not there') : `not ${text}`;
  }
  const variable = String(condition.Variable).replace(/^\$\./, '');
  if (condition.IsPresent !== undefined)
    return `${variable} is ${condition.IsPresent === true ? '' : 'not '}there`;
  if (condition.BooleanEquals !== undefined) return `${variable} is ${String(condition.BooleanEquals)}`;
  const [operator, value] = Object.entries(condition).find(([key]) => key in OPERATORS) ?? ['', ''];
  return `${variable} ${OPERATORS[operator] ?? '?'} ${String(value)}`;
}
