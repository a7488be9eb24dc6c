import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf, fieldsOf } from '../../shared/database/instance-difference.ts';

const SEED = { seed: 20261122, numRuns: 300 };

const leaf = fc.oneof(fc.string({ maxLength: 6 }), fc.integer(), fc.boolean());
const key = fc.oneof(
  fc.constantFrom('VpcSecurityGroupId', 'Name', 'Status', 'rds.force_ssl', 'a', '', 'b["c"]', '#1'),
  fc.string({ maxLength: 4 }),
);
/** Documents as an API could answer them, with keys and values that a path could be confused by. */
const { document } = fc.letrec<{ document: unknown; node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  ),
  document: fc.dictionary(key, tie('node'), { maxKeys: 5 }),
}));

const OTHER_INSTANCE = {
  instance: {
    VpcSecurityGroups: [
      { VpcSecurityGroupId: 'sg-1', Status: 'active' },
      { VpcSecurityGroupId: 'sg-2', Status: 'active' },
    ],
    EnabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
    NobodyKnowsThisField: [{ Depth: 3 }, { Depth: 5 }],
  },
  parameters: { 'rds.force_ssl': '1' },
};

describe('the difference of two documents', () => {
  it('is empty for a document and itself, however its lists are ordered', () => {
    fc.assert(
      fc.property(document, (one) => {
        expect(differenceOf(one, reversed(one))).toEqual([]);
      }),
      SEED,
    );
  });

  it('is the same from the other side, with the sides exchanged', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const exchanged = differenceOf(other, one).map(({ field, source, copy }) => ({
          field,
          source: copy,
          copy: source,
        }));
        expect(differenceOf(one, other)).toEqual(exchanged);
      }),
      SEED,
    );
  });

  it('names exactly the value that was changed outside of lists, whatever it is called and wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(key, { minLength: 1, maxLength: 4 }),
        document,
        fc.tuple(leaf, leaf).filter(([before, after]) => !Object.is(before, after)),
        (path, rest, [before, after]) => {
          // `-0` is no JSON.
          fc.pre(!Object.is(before, -0) && !Object.is(after, -0));
          const found = differenceOf(placed(path, before, rest), placed(path, after, rest));
          expect(found.map(({ source, copy }) => ({ source, copy }))).toEqual([
            { source: before, copy: after },
          ]);
        },
      ),
      SEED,
    );
  });

  it('overlooks no value: what differs in meaning differs in a field', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const same = JSON.stringify(normal(one)) === JSON.stringify(normal(other));
        expect(differenceOf(one, other).length === 0).toBe(same);
      }),
      SEED,
    );
  });

  it('sees a list that has something once more', () => {
    expect(differenceOf({ a: ['x', 'x'] }, { a: ['x'] })).toEqual([
      { field: 'a[x#2]', source: 'x', copy: null },
    ]);
  });

  it('names the elements of lists by what RDS tells them apart by, and those it knows nothing of by what they say', () => {
    expect([...fieldsOf(OTHER_INSTANCE).keys()]).toEqual([
      'instance.VpcSecurityGroups[sg-1].VpcSecurityGroupId',
      'instance.VpcSecurityGroups[sg-1].Status',
      'instance.VpcSecurityGroups[sg-2].VpcSecurityGroupId',
      'instance.VpcSecurityGroups[sg-2].Status',
      'instance.EnabledCloudwatchLogsExports[postgresql]',
      'instance.EnabledCloudwatchLogsExports[upgrade]',
      'instance.NobodyKnowsThisField[#[["Depth",3]]].Depth',
      'instance.NobodyKnowsThisField[#[["Depth",5]]].Depth',
      'parameters["rds.force_ssl"]',
    ]);
  });

  it('takes nothing, null, an empty list and an empty object for the same', () => {
    expect(differenceOf({ a: null, b: [], c: {} }, {})).toEqual([]);
  });

  it('compares moments by their value', () => {
    expect(differenceOf({ at: new Date(0) }, { at: new Date(1) })).toEqual([
      { field: 'at', source: '1970-01-01T00:00:00.000Z', copy: '1970-01-01T00:00:00.001Z' },
    ]);
  });

  it('refuses what is no JSON', () => {
    expect(() => fieldsOf({ a: () => 1 })).toThrow('a: function is no JSON');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.toReversed().map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, inner]) => [name, reversed(inner)]),
  );
}

function placed(path: readonly string[], value: unknown, rest: unknown): unknown {
  const [first, ...further] = path;
  if (first === undefined) return value;
  return { ...(rest as object), [first]: placed(further, value, {}) };
}

/** What a document means, by other means than paths: empty parts left out, keys and lists sorted. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normal).filter((item) => item !== undefined);
    return items.length === 0
      ? undefined
      : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, normal(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : { object: entries };
}
