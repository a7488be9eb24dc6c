import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyChanges,
  type ReviewReason,
  type SalvagePolicy,
  withoutViolators,
} from '../../shared/database/salvage-classes.ts';
import {
  type Link,
  type RowChange,
  reference,
  type SalvageEvidence,
} from '../../shared/database/salvage-evidence.ts';

const LINKS: Link[] = [
  {
    table: 'public.trades',
    column: 'position_id',
    referencedTable: 'public.positions',
    referencedColumn: 'id',
  },
  { table: 'public.trades', column: 'user_id', referencedTable: 'public.accounts', referencedColumn: 'id' },
  {
    table: 'public.positions',
    column: 'user_id',
    referencedTable: 'public.accounts',
    referencedColumn: 'id',
  },
];
const UNITS = { 'public.trades': 'user_id', 'public.positions': 'user_id', 'public.accounts': 'id' };
const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 3, 0, second)).toISOString();

/** A row as transaction `xid` left it at second `second`. */
function row(
  table: 'trades' | 'positions' | 'accounts',
  id: number,
  xid: number,
  changes: Partial<RowChange> & { user?: number; position?: number; second?: number } = {},
): RowChange {
  const { user = 1, position = 1, second = 10, ...fields } = changes;
  const links = {
    trades: { user_id: String(user), position_id: String(position) },
    positions: { id: String(id), user_id: String(user) },
    accounts: { id: String(id) },
  }[table];
  return {
    table: `public.${table}`,
    key: `{"id": ${id}}`,
    xid: String(xid),
    committedAt: at(second),
    createdAt: table === 'trades' ? at(second) : at(0),
    before: table === 'trades' ? null : '{}',
    after: `{"id": ${id}}`,
    links,
    ...fields,
  };
}

/** A trade of one user with the position and the account that it changed. */
const trade = (id: number, user: number, second = 10): RowChange[] => [
  row('trades', id, 1000 + id, { user, position: user, second }),
  row('positions', user, 1000 + id, { user, second }),
  row('accounts', user, 1000 + id, { second }),
];
const evidence = (changes: readonly RowChange[], more: Partial<SalvageEvidence> = {}): SalvageEvidence => ({
  changes,
  links: LINKS,
  unitColumns: UNITS,
  dangling: new Set(),
  ...more,
});
const POLICY: SalvagePolicy = { culprits: [], culpritKnown: false, transactionRowLimit: 50 };
const keysOf = (groups: readonly { rows: readonly RowChange[] }[]) =>
  groups.flatMap(({ rows }) => rows.map(({ table, key }) => `${table} ${key}`)).sort();
const reasonsOf = (changes: SalvageEvidence, policy: Partial<SalvagePolicy> = {}): ReviewReason[] =>
  classifyChanges(changes, { ...POLICY, ...policy }).review.map(({ reason }) => reason);

describe('what may be offered for salvage', () => {
  it('is a whole transaction: the trade with its position and its account', () => {
    const { offered, review } = classifyChanges(evidence([...trade(1, 1), ...trade(2, 2)]), POLICY);
    expect(offered.map(({ rows }) => rows.length)).toEqual([3, 3]);
    expect(review).toEqual([]);
  });

  it('is together with every transaction of the same unit', () => {
    const { offered } = classifyChanges(
      evidence([
        row('trades', 1, 7, { user: 1, position: 8 }),
        row('trades', 2, 8, { user: 1, position: 9 }),
      ]),
      POLICY,
    );
    expect(offered).toHaveLength(1);
  });

  it('is together with all of its table where no unit is declared', () => {
    const changes = [
      row('trades', 1, 7, { user: 1, position: 1 }),
      row('trades', 2, 8, { user: 2, position: 2 }),
    ];
    expect(classifyChanges(evidence(changes, { unitColumns: {} }), POLICY).offered).toHaveLength(1);
  });

  it('joins two units of which one transaction has rows', () => {
    const changes = [
      row('trades', 1, 7, { user: 1, position: 1 }),
      row('trades', 2, 7, { user: 2, position: 2 }),
    ];
    expect(classifyChanges(evidence(changes), POLICY).offered).toHaveLength(1);
  });
});

const touch = { table: 'public.accounts', deleted: 0, updated: 9, inserted: 0, storage: 'kept' } as const;
const culprit = { xid: '66', committedAt: at(20), tables: [touch] };
const known = { culprits: [culprit], culpritKnown: true };

describe('what goes to review', () => {
  it.each<[string, readonly RowChange[], Partial<SalvagePolicy>, ReviewReason]>([
    ['a row of the culprit', [row('accounts', 1, 66, { second: 20 })], known, 'culprit'],
    [
      'a trade of a user whose account the culprit has changed',
      [row('trades', 1, 7), row('accounts', 1, 66, { second: 20 })],
      known,
      'culprit',
    ],
    [
      'a row that was changed after the culprit had been at its table',
      trade(1, 1, 30),
      known,
      'may-build-on-damage',
    ],
    [
      'a row that was made after the point, before the damage, and changed after it',
      [row('accounts', 1, 7, { before: null, createdAt: at(15), second: 30 })],
      known,
      'may-build-on-damage',
    ],
    [
      'a transaction that wrote more rows than any trade does',
      Array.from({ length: 51 }, (_, id) => row('trades', id, 7, { user: id, position: id })),
      {},
      'too-many-rows',
    ],
    [
      'an update without an insert while nobody knows the culprit',
      [row('accounts', 1, 7)],
      {},
      'update-of-unknown-origin',
    ],
  ])('%s', (_what, changes, policy, reason) => {
    expect(reasonsOf(evidence(changes), policy)).toEqual([reason]);
  });

  it('a row that names one which the damaged database has no more', () => {
    const dangling = new Set([reference({ table: 'public.trades', column: 'position_id' }, '1')]);
    expect(reasonsOf(evidence(trade(1, 1), { dangling }))).toEqual(['refers-to-missing-row']);
  });
});

describe('what is not held for damage', () => {
  it.each<[string, readonly RowChange[]]>([
    ['a row that was made after the damage', [row('trades', 1, 7, { second: 30 })]],
    ['a row that nobody has changed since before the damage', trade(1, 1, 10)],
    ['an update without an insert once the culprit is known', [row('accounts', 1, 7)]],
  ])('%s', (_what, changes) => {
    expect(reasonsOf(evidence(changes), known)).toEqual([]);
  });
});

it('holds nothing for damaged in a table from which the culprit only deleted', () => {
  const deletion = { ...culprit, tables: [{ ...touch, updated: 0, deleted: 9 }] };
  expect(reasonsOf(evidence(trade(1, 1, 30)), { culprits: [deletion], culpritKnown: true })).toEqual([]);
});

describe('rows that break a rule', () => {
  const classes = classifyChanges(evidence([...trade(1, 1), ...trade(2, 2)]), POLICY);
  const violator = (table: string, value: string) => ({ rule: 'adds-up', table, column: 'id', value });

  it('take their group out, and leave the others in', () => {
    const left = withoutViolators(classes, [violator('public.positions', '1')], LINKS);
    expect(left?.review).toMatchObject([{ reason: 'breaks-rule', because: 'would break adds-up' }]);
    expect(keysOf(left?.offered ?? [])).toEqual(keysOf([{ rows: trade(2, 2) }]));
  });

  it('take out a group that only refers to them', () => {
    const referring = classifyChanges(evidence([row('trades', 1, 7, { user: 1, position: 5 })]), POLICY);
    expect(withoutViolators(referring, [violator('public.positions', '5')], LINKS)?.offered).toEqual([]);
  });

  it('make everything doubtful when no group can be blamed for them', () => {
    expect(withoutViolators(classes, [violator('public.positions', '99')], LINKS)).toBeNull();
  });
});

/** Any mess of few transactions on few rows. */
const anyChange = fc
  .record({
    table: fc.constantFrom('trades' as const, 'positions' as const, 'accounts' as const),
    id: fc.integer({ min: 1, max: 8 }),
    xid: fc.integer({ min: 60, max: 70 }),
    user: fc.integer({ min: 1, max: 5 }),
    position: fc.integer({ min: 1, max: 8 }),
    second: fc.integer({ min: 0, max: 40 }),
    inserted: fc.boolean(),
  })
  .map(({ table, id, xid, inserted, ...rest }) =>
    row(table, id, xid, { ...rest, before: inserted ? null : '{}' }),
  );
const anyChanges = fc
  .uniqueArray(anyChange, { selector: ({ table, key }) => `${table} ${key}`, maxLength: 20 })
  // All rows of a transaction are committed at once.
  .map((changes) =>
    changes.map((change) => ({ ...change, committedAt: at(Number(change.xid) - 46), createdAt: null })),
  );
const RUNS = { seed: 20260131, numRuns: 500 };

describe('whatever was committed after the point', () => {
  it('is either offered or reviewed, and never both', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { offered, review } = classifyChanges(evidence(changes), { ...POLICY, ...known });
        expect(keysOf([...offered, ...review])).toEqual(keysOf([{ rows: changes }]));
      }),
      RUNS,
    );
  });

  it('is not offered when the culprit has touched it, or may have', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { offered } = classifyChanges(evidence(changes), { ...POLICY, ...known });
        const damaged = new Set([
          'public.accounts',
          ...changes.filter(({ xid }) => xid === '66').map(({ table }) => table),
        ]);
        for (const { xid, table, committedAt } of offered.flatMap(({ rows }) => rows)) {
          expect(xid).not.toBe('66');
          expect(damaged.has(table) && committedAt >= at(20)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('is offered with every other row of its transactions and of its unit', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const { offered, review } = classifyChanges(evidence(changes), { ...POLICY, ...known });
        const marks = ({ table, xid, links }: RowChange) => [
          `transaction ${xid}`,
          `unit ${links[UNITS[table as keyof typeof UNITS]]}`,
        ];
        const left = new Set(review.flatMap(({ rows }) => rows.flatMap(marks)));
        for (const mark of offered.flatMap(({ rows }) => rows.flatMap(marks))) {
          expect(left.has(mark)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('finds every row that it names on the copy or in what is offered', () => {
    const anyDangling = fc.array(
      fc
        .tuple(fc.constantFrom(...LINKS), fc.integer({ min: 1, max: 8 }))
        .map(([link, value]) => reference(link, String(value))),
    );
    fc.assert(
      fc.property(anyChanges, anyDangling, (changes, dangling) => {
        const gone = new Set(dangling);
        const { offered } = classifyChanges(evidence(changes, { dangling: gone }), POLICY);
        const isOffered = new Set(keysOf(offered));
        for (const change of offered.flatMap(({ rows }) => rows)) {
          for (const link of LINKS.filter(({ table }) => table === change.table)) {
            const value = change.links[link.column] ?? '';
            expect(gone.has(reference(link, value))).toBe(false);
            const named = changes.find(
              ({ table, links }) => table === link.referencedTable && links[link.referencedColumn] === value,
            );
            if (named !== undefined) expect(isOffered.has(`${named.table} ${named.key}`)).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });
});
