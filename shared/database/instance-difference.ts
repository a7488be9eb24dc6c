import * as z from 'zod';

/** One value at the end of a path. */
export const FieldValue = z.union([z.string(), z.number(), z.boolean()]);
export type FieldValue = z.infer<typeof FieldValue>;

/** One field in which two documents differ; null where a document does not have it. */
export interface FieldDifference {
  /** Path of the field, e.g. `instance.VpcSecurityGroups[sg-0a1b].Status`. */
  readonly field: string;
  readonly source: FieldValue | null;
  readonly copy: FieldValue | null;
}

/**
 * Every field in which two JSON documents differ, by path: exhaustive, in that no field is known beforehand. The order of lists
 * means nothing, as RDS gives none to its own; null, an empty list and an empty object are the same as nothing.
 */
export function differenceOf(source: unknown, copy: unknown): FieldDifference[] {
  const [left, right] = [fieldsOf(source), fieldsOf(copy)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .map((field) => ({ field, source: left.get(field) ?? null, copy: right.get(field) ?? null }))
    .filter((difference) => difference.source !== difference.copy);
}

/** The document as its values by path. Two documents have the same fields exactly when they say the same. */
export function fieldsOf(document: unknown): ReadonlyMap<string, FieldValue> {
  const fields = new Map<string, FieldValue>();
  collect('', document, fields);
  return fields;
}

function collect(path: string, value: unknown, fields: Map<string, FieldValue>): void {
  if (value === null || value === undefined) return;
  if (value instanceof Date) {
    fields.set(path, value.toISOString());
  } else if (Array.isArray(value)) {
    for (const [label, element] of labelled(value)) collect(`${path}[${label}]`, element, fields);
  } else if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) collect(`${path}${member(path, key)}`, inner, fields);
  } else if (['string', 'number', 'boolean'].includes(typeof value)) {
    fields.set(path, value as FieldValue);
  } else {
    throw new TypeError(`${path}: ${typeof value} is no JSON`);
  }
}

function member(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `["${JSON.stringify(key).slice(1, -1)}"]`;
  return path === '' ? key : `.${key}`;
}

/** By what RDS tells the elements of its lists apart; an element without it stands for its whole content. */
const IDENTITIES = [
  'VpcSecurityGroupId',
  'DBSecurityGroupName',
  'DBParameterGroupName',
  'OptionGroupName',
  'SubnetIdentifier',
  'RoleArn',
  'StatusType',
  'Domain',
  'Name',
] as const;

/** The elements of a list, each with a name that does not depend on its place; equal ones are counted. */
function labelled(elements: readonly unknown[]): [label: string, element: unknown][] {
  const identity = IDENTITIES.find((name) => tellsApart(name, elements));
  const seen = new Map<string, number>();
  return elements.map((element) => {
    const label = labelOf(identity === undefined ? element : (element as Record<string, unknown>)[identity]);
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return [count === 1 ? label : `${label}#${count}`, element];
  });
}

function tellsApart(name: string, elements: readonly unknown[]): boolean {
  const values = elements.map((element) =>
    typeof element === 'object' && element !== null ? (element as Record<string, unknown>)[name] : undefined,
  );
  return values.every((value) => typeof value === 'string') && new Set(values).size === values.length;
}

function labelOf(value: unknown): string {
  if (typeof value === 'string' && /^[\w:./@-]+$/.test(value)) return value;
  return `#${JSON.stringify(orderless(value))}`;
}

/** The content by which an element is named must not depend on the order of lists within it either. */
function orderless(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return [...fieldsOf(value)].sort(([left], [right]) => (left < right ? -1 : 1));
}
