import { globPattern } from './glob.ts';

/** Values by condition key, e.g. `aws:SourceArn`. A key that is missing was not part of the request. */
export type RequestContext = Readonly<Record<string, readonly string[]>>;

/** Decides one `Condition` block of a policy statement. */
export type Condition = (context: RequestContext) => boolean;

/** A policy that this evaluator cannot decide exactly. It is refused when deployed, never taken as allowed. */
export class UnsupportedPolicy extends Error {
  override readonly name = 'UnsupportedPolicy';
}

type Comparison = (actual: string, expected: string) => boolean;

const like: Comparison = (actual, expected) => globPattern(expected).test(actual);
const equals: Comparison = (actual, expected) => actual === expected;
const equalsIgnoreCase: Comparison = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();

const comparisons: Readonly<Record<string, { compare: Comparison; negated: boolean }>> = {
  StringEquals: { compare: equals, negated: false },
  StringNotEquals: { compare: equals, negated: true },
  StringEqualsIgnoreCase: { compare: equalsIgnoreCase, negated: false },
  StringNotEqualsIgnoreCase: { compare: equalsIgnoreCase, negated: true },
  StringLike: { compare: like, negated: false },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: like, negated: false },
  ArnLike: { compare: like, negated: false },
  ArnNotEquals: { compare: like, negated: true },
  ArnNotLike: { compare: like, negated: true },
  Bool: { compare: equalsIgnoreCase, negated: false },
  NumericEquals: { compare: numeric((actual, expected) => actual === expected), negated: false },
  NumericNotEquals: { compare: numeric((actual, expected) => actual === expected), negated: true },
  NumericLessThan: { compare: numeric((actual, expected) => actual < expected), negated: false },
  NumericLessThanEquals: { compare: numeric((actual, expected) => actual <= expected), negated: false },
  NumericGreaterThan: { compare: numeric((actual, expected) => actual > expected), negated: false },
  NumericGreaterThanEquals: { compare: numeric((actual, expected) => actual >= expected), negated: false },
};

/**
 * The keys for which the front door knows a value, or knows that there is none. A condition on any other key
 * could be decided by accident, so it is refused. Lower case, since condition keys ignore case.
 */
const knownKeys = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceowner',
  'aws:tagkeys',
  'cloudwatch:namespace',
  'dynamodb:leadingkeys',
  'iam:passedtoservice',
  'kms:calleraccount',
  'kms:grantisforawsresource',
  'kms:viaservice',
  's3:prefix',
  's3:resourceaccount',
  's3:tlsversion',
  'ses:fromaddress',
  'ses:recipients',
]);
const knownKeyPrefixes = ['aws:requesttag/'];

/**
 * Compiles the `Condition` of a statement: every operator and every key in it must hold.
 * Semantics: IAM User Guide, "Condition operators" and "Multivalued context keys".
 * @throws UnsupportedPolicy for an operator, key or policy variable that is not known.
 */
export function compileCondition(block: unknown): Condition {
  if (block === undefined) {
    return () => true;
  }
  const tests = Object.entries(record(block, 'Condition')).flatMap(([operator, keys]) =>
    Object.entries(record(keys, `Condition.${operator}`)).map(([key, values]) =>
      compileTest(operator, key, texts(values, `Condition.${operator}.${key}`)),
    ),
  );
  return (context) => tests.every((test) => test(context));
}

function compileTest(operator: string, key: string, expected: readonly string[]): Condition {
  const lowerKey = key.toLowerCase();
  if (!knownKeys.has(lowerKey) && !knownKeyPrefixes.some((prefix) => lowerKey.startsWith(prefix))) {
    throw new UnsupportedPolicy(`Condition.${operator}: the key "${key}" is not known to the front door`);
  }
  if (operator === 'Null') {
    return (context) => expected.includes(String(valuesOf(context, lowerKey) === undefined));
  }
  const { quantifier, base, ifExists } = parseOperator(operator);
  const comparison = comparisons[base];
  if (!comparison) {
    throw new UnsupportedPolicy(`Condition: the operator "${operator}" is not known to the front door`);
  }
  const matches = (actual: string) =>
    expected.some((value) => comparison.compare(actual, value)) !== comparison.negated;
  return (context) => {
    const actual = valuesOf(context, lowerKey);
    if (actual === undefined || actual.length === 0) {
      return ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && comparison.negated);
    }
    return quantifier === 'ForAnyValue' ? actual.some(matches) : actual.every(matches);
  };
}

function numeric(compare: (actual: number, expected: number) => boolean): Comparison {
  return (actual, expected) => compare(Number(actual), Number(expected));
}

function parseOperator(operator: string) {
  const [, quantifier, base = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  return { quantifier, base, ifExists: ifExists !== undefined };
}

function valuesOf(context: RequestContext, lowerKey: string): readonly string[] | undefined {
  const key = Object.keys(context).find((candidate) => candidate.toLowerCase() === lowerKey);
  return key === undefined ? undefined : context[key];
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnsupportedPolicy(`${where}: expected an object`);
  }
  return value as Record<string, unknown>;
}

/**
 * One text or a list of texts, as policies allow. Booleans and numbers count as their text.
 * @throws UnsupportedPolicy for anything else, and for a policy variable such as `${aws:username}`.
 */
export function texts(value: unknown, where: string): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => {
    if (typeof item !== 'string' && typeof item !== 'boolean' && typeof item !== 'number') {
      throw new UnsupportedPolicy(`${where}: expected text, found ${JSON.stringify(item)}`);
    }
    const text = String(item);
    if (text.includes('${')) {
      throw new UnsupportedPolicy(`${where}: policy variables are not supported: "${text}"`);
    }
    return text;
  });
}
