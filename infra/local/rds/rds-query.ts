import { z } from 'zod';
import { RdsRequestRefused } from './rds-errors.ts';

/** A field of a Query request: text, a list, or a structure. */
type QueryValue = string | QueryValue[] | QueryFields;

/** Fields of a Query request by name. */
export interface QueryFields {
  [name: string]: QueryValue;
}

/**
 * Reads the form encoding of the AWS Query protocol, in which a dotted name is a path and a number in it an index
 * from 1: `Tags.Tag.1.Key=incident`.
 */
export function parseQuery(body: string): QueryFields {
  const root: QueryFields = Object.create(null);
  for (const [path, value] of new URLSearchParams(body)) insert(root, path.split('.'), value);
  return collapseEach(root);
}

function insert(fields: QueryFields, path: readonly string[], value: string): void {
  let node = fields;
  for (const name of path.slice(0, -1)) {
    const next = node[name];
    const child: QueryFields = isStructure(next) ? next : Object.create(null);
    node[name] = child;
    node = child;
  }
  node[path.at(-1) ?? ''] = value;
}

function collapse(value: QueryValue): QueryValue {
  if (!isStructure(value)) return value;
  if (isNumbered(value)) return listOf(value);
  const [item, ...others] = Object.values(value);
  // A list's wire name for its items carries no meaning: VpcSecurityGroupIds.VpcSecurityGroupId.1
  if (others.length === 0 && isStructure(item) && isNumbered(item)) return listOf(item);
  return collapseEach(value);
}

function collapseEach(fields: QueryFields): QueryFields {
  const collapsed: QueryFields = Object.create(null);
  for (const [name, value] of Object.entries(fields)) collapsed[name] = collapse(value);
  return collapsed;
}

function listOf(numbered: QueryFields): QueryValue[] {
  return Object.entries(numbered)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, value]) => collapse(value));
}

function isNumbered(fields: QueryFields): boolean {
  const names = Object.keys(fields);
  return names.length > 0 && names.every((name) => /^\d+$/.test(name));
}

function isStructure(value: QueryValue | undefined): value is QueryFields {
  return typeof value === 'object' && !Array.isArray(value);
}

/** An empty list is sent as a name without a value. */
function listOfItems<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (value === '' ? [] : value), z.array(item));
}

/** Kinds of fields, as the Query protocol writes them. */
export const field = {
  text: z.string().min(1),
  flag: z.stringbool({ truthy: ['true'], falsy: ['false'] }),
  whole: z.coerce.number().int(),
  moment: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  texts: listOfItems(z.string().min(1)),
  tags: listOfItems(z.object({ Key: z.string().min(1), Value: z.string().default('') })),
  filters: z.array(z.object({ Name: z.string(), Values: z.array(z.string()) })),
  identifier: z
    .string()
    .max(63)
    .regex(/^[A-Za-z](?:-?[A-Za-z0-9])*$/, {
      error:
        'identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; ' +
        'and must not end with a hyphen or contain two consecutive hyphens',
    })
    .transform((text) => text.toLowerCase()),
};

/**
 * Checks the fields of a request.
 *
 * @throws {RdsRequestRefused} naming the field: `MissingParameter` or `InvalidParameterValue`, the latter also for a
 *   field that this stand-in does not know, so that nothing is ignored in silence.
 */
export function parseFields<T extends z.ZodType>(schema: T, fields: QueryFields): z.output<T> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name =
    issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'request');
  const missing = issue?.code === 'invalid_type' && issue.path.length === 1 && fields[name] === undefined;
  if (missing) {
    throw new RdsRequestRefused('MissingParameter', `The request must contain the parameter ${name}.`);
  }
  throw new RdsRequestRefused(
    'InvalidParameterValue',
    `The parameter ${name} is not valid: ${issue?.message}`,
  );
}
