/** An intrinsic function, or a reference in one, that cannot be resolved here. */
class UnresolvableReference extends Error {
  override readonly name = 'UnresolvableReference';
}

/** What references stand for. `undefined` when there is no such resource or attribute. */
export interface ReferenceLookup {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
}

type Resolve = (value: unknown) => unknown;
type IntrinsicFunction = (argument: unknown, resolve: Resolve, lookup: ReferenceLookup) => unknown;

/** Stands for a property that is as good as absent. */
const noValue = Symbol('AWS::NoValue');

const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, _resolve, lookup) =>
    argument === 'AWS::NoValue' ? noValue : found(lookup.ref(String(argument)), `Ref ${argument}`),
  'Fn::GetAtt': (argument, _resolve, lookup) => {
    const [logicalId = '', attribute = ''] = getAttParts(argument);
    return found(lookup.attribute(logicalId, attribute), `Fn::GetAtt ${logicalId}.${attribute}`);
  },
  'Fn::Join': (argument, resolve) => {
    const [separator, parts] = list(argument, 'Fn::Join');
    return list(resolve(parts), 'Fn::Join').map(String).join(String(separator));
  },
  'Fn::Select': (argument, resolve) => {
    const [index, items] = list(argument, 'Fn::Select');
    const resolved = list(resolve(items), 'Fn::Select');
    return found(resolved[Number(resolve(index))], `Fn::Select ${index}`);
  },
  'Fn::Split': (argument, resolve) => {
    const [separator, source] = list(argument, 'Fn::Split');
    return String(resolve(source)).split(String(separator));
  },
  'Fn::Sub': (argument, resolve, lookup) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const given = resolve(variables ?? {}) as Record<string, unknown>;
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) {
        return `\${${name}}`;
      }
      return String(Object.hasOwn(given, name) ? given[name] : subReference(name, lookup));
    });
  },
};

/**
 * Replaces every intrinsic function in a value; keys whose value is `AWS::NoValue` disappear.
 * @throws UnresolvableReference for an unknown function, a missing resource or attribute, or a dynamic reference.
 */
export function resolveIntrinsics(value: unknown, lookup: ReferenceLookup): unknown {
  const resolve: Resolve = (item) => resolveIntrinsics(item, lookup);
  if (Array.isArray(value)) {
    return value.map(resolve).filter((item) => item !== noValue);
  }
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw new UnresolvableReference(`dynamic references are not resolved: "${value}"`);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const intrinsic = intrinsicOf(value);
  if (intrinsic) {
    return intrinsic.apply(intrinsic.argument, resolve, lookup);
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, resolve(item)] as const)
      .filter(([, item]) => item !== noValue),
  );
}

/** Logical ids (and pseudo parameters) that a value refers to. */
export function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap(referencesIn);
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const intrinsic = intrinsicOf(value);
  switch (intrinsic?.name) {
    case 'Ref':
      return [String(intrinsic.argument)];
    case 'Fn::GetAtt':
      return getAttParts(intrinsic.argument).slice(0, 1);
    case 'Fn::Sub':
      return subReferences(intrinsic.argument);
    default:
      return Object.values(value).flatMap(referencesIn);
  }
}

function intrinsicOf(
  value: object,
): { name: string; argument: unknown; apply: IntrinsicFunction } | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) {
    return undefined;
  }
  const [name, argument] = entry;
  const apply = functions[name];
  if (!apply && (name.startsWith('Fn::') || name === 'Condition')) {
    throw new UnresolvableReference(`the intrinsic function "${name}" is not resolved on the laptop`);
  }
  return apply && { name, argument, apply };
}

function subReferences(argument: unknown): readonly string[] {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const given = Object.keys((variables ?? {}) as object);
  const named = [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !given.includes(name))
    .map((name) => name.split('.')[0] ?? name);
  return [...named, ...referencesIn(variables)];
}

function subReference(name: string, lookup: ReferenceLookup): unknown {
  const [logicalId = '', ...attribute] = name.split('.');
  const value =
    attribute.length === 0 ? lookup.ref(logicalId) : lookup.attribute(logicalId, attribute.join('.'));
  return found(value, `Fn::Sub \${${name}}`);
}

function getAttParts(argument: unknown): readonly string[] {
  return Array.isArray(argument) ? argument.map(String) : splitOnce(String(argument));
}

function splitOnce(text: string): readonly string[] {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new UnresolvableReference(`${where}: expected a list, found ${JSON.stringify(value)}`);
  }
  return value;
}

function found(value: unknown, what: string): unknown {
  if (value === undefined) {
    throw new UnresolvableReference(`${what}: there is no such value`);
  }
  return value;
}
