/** Amazon States Language as parsed JSON, typed as far as this runtime looks into it. */
export interface AslState {
  readonly Type: string;
  readonly [field: string]: unknown;
}

/** A state machine, a branch of a Parallel state or the processor of a Map state. */
export interface AslMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
  readonly [field: string]: unknown;
}

/** The machines nested in a state: branches of a Parallel state, the item processor of a Map state. */
function nestedMachines(state: AslState): readonly AslMachine[] {
  if (state.Type === 'Parallel') return state.Branches as readonly AslMachine[];
  if (state.Type === 'Map') return [(state.ItemProcessor ?? state.Iterator) as AslMachine];
  return [];
}

/** A state with its name and the Map and Parallel states that it is nested in, outermost first. */
export interface LocatedState {
  readonly name: string;
  readonly state: AslState;
  readonly ancestors: readonly string[];
  /** Number of the nested machine within the innermost ancestor. */
  readonly branch: number;
}

/** Every state of a machine, nested ones included. */
export function allStates(
  machine: AslMachine,
  ancestors: readonly string[] = [],
  branch = 0,
): readonly LocatedState[] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    { name, state, ancestors, branch },
    ...nestedMachines(state).flatMap((nested, index) => allStates(nested, [...ancestors, name], index)),
  ]);
}

/** Visits each string of a JSON value with the key that it stands under. */
export function visitStrings(value: unknown, visit: (text: string, key: string) => void, key = ''): void {
  if (typeof value === 'string') visit(value, key);
  else if (Array.isArray(value)) for (const item of value) visitStrings(item, visit, key);
  else if (typeof value === 'object' && value !== null) {
    for (const [field, item] of Object.entries(value)) visitStrings(item, visit, field);
  }
}

/** Whether a field holds a path or an intrinsic function, and not text. */
export function holdsPath(key: string): boolean {
  return key.endsWith('.$') || key.endsWith('Path') || key === 'Variable';
}
