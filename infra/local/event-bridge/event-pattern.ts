/** An event pattern that EventBridge would refuse, or that uses a matcher which the laptop does not know. */
class UnsupportedEventPattern extends Error {
  override readonly name = 'UnsupportedEventPattern';

  constructor(path: string, reason: string) {
    super(`Event pattern at '${path}': ${reason}`);
  }
}

/** Says whether an event matches. */
export type EventMatcher = (event: unknown) => boolean;

type Test = (value: unknown) => boolean;

/**
 * Compiles an event pattern: fields must all match, of the values of a field any, and an array in the event matches
 * when one of its elements does.
 * @throws UnsupportedEventPattern at registration, so that no rule is silently deaf
 */
export function compilePattern(pattern: unknown, path = '$'): EventMatcher {
  if (!isObject(pattern)) throw new UnsupportedEventPattern(path, 'must be an object');
  const fields = Object.entries(pattern).map(([name, value]): EventMatcher => {
    const at = `${path}.${name}`;
    if (name === '$or') return compileAlternatives(value, at);
    if (isObject(value)) {
      const nested = compilePattern(value, at);
      return (event) => some(field(event, name), nested);
    }
    if (!Array.isArray(value) || value.length === 0) {
      throw new UnsupportedEventPattern(at, 'must be an object or a list with at least one value');
    }
    const tests = value.map((item) => compileTest(item, at));
    return (event) => {
      const values = asList(field(event, name));
      return tests.some((test) => values.some(test));
    };
  });
  if (fields.length === 0) throw new UnsupportedEventPattern(path, 'must name at least one field');
  return (event) => fields.every((matches) => matches(event));
}

function compileAlternatives(value: unknown, path: string): EventMatcher {
  if (!Array.isArray(value) || value.length < 2) {
    throw new UnsupportedEventPattern(path, 'must be a list of at least two patterns');
  }
  const alternatives = value.map((item, index) => compilePattern(item, `${path}[${index}]`));
  return (event) => alternatives.some((matches) => matches(event));
}

function compileTest(item: unknown, path: string): Test {
  if (!isObject(item)) return (value) => value === item;
  const entries = Object.entries(item);
  const [matcher, operand] = entries[0] ?? [];
  if (matcher === undefined || entries.length > 1) {
    throw new UnsupportedEventPattern(path, 'a matcher has exactly one key');
  }
  const compile = matchers[matcher];
  if (compile === undefined) throw new UnsupportedEventPattern(path, `unknown matcher '${matcher}'`);
  return compile(operand, path);
}

const matchers: Readonly<Record<string, (operand: unknown, path: string) => Test>> = {
  prefix: (operand, path) => onText(operand, path, (value, text) => value.startsWith(text)),
  suffix: (operand, path) => onText(operand, path, (value, text) => value.endsWith(text)),
  'equals-ignore-case': (operand, path) =>
    onText(operand, path, (value, text) => value.toLowerCase() === text.toLowerCase()),
  wildcard: (operand, path) => {
    const pattern = wildcardPattern(textOf(operand, path));
    return (value) => typeof value === 'string' && pattern.test(value);
  },
  exists: (operand, path) => {
    if (typeof operand !== 'boolean') throw new UnsupportedEventPattern(path, "'exists' takes true or false");
    return (value) => (value !== undefined) === operand;
  },
  numeric: compileNumeric,
  'anything-but': compileAnythingBut,
};

function compileAnythingBut(operand: unknown, path: string): Test {
  const excluded = isObject(operand)
    ? Object.entries(operand).flatMap(([matcher, texts]) =>
        asList(texts).map((text) => compileTest({ [matcher]: text }, path)),
      )
    : asList(operand).map((item) => compileTest(item, path));
  return (value) => value !== undefined && !excluded.some((test) => test(value));
}

function compileNumeric(operand: unknown, path: string): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new UnsupportedEventPattern(path, "'numeric' takes pairs of comparison and number");
  }
  const tests: Test[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = comparisons[String(operand[index])];
    const bound: unknown = operand[index + 1];
    if (compare === undefined || typeof bound !== 'number') {
      throw new UnsupportedEventPattern(path, `'numeric' does not know '${operand[index]} ${bound}'`);
    }
    tests.push((value) => typeof value === 'number' && compare(value, bound));
  }
  return (value) => tests.every((test) => test(value));
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function onText(operand: unknown, path: string, test: (value: string, text: string) => boolean): Test {
  const text = textOf(operand, path);
  return (value) => typeof value === 'string' && test(value, text);
}

function textOf(operand: unknown, path: string): string {
  if (typeof operand === 'string') return operand;
  throw new UnsupportedEventPattern(path, 'the matcher takes a string');
}

function wildcardPattern(text: string): RegExp {
  const source = text
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 's');
}

/** Applies a nested pattern to a value, or to each element when the event has a list there. */
function some(value: unknown, matches: EventMatcher): boolean {
  return Array.isArray(value) ? value.some(matches) : matches(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function field(event: unknown, name: string): unknown {
  return isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
