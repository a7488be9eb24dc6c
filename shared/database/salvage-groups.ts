import type { RowChange, SalvageEvidence } from './salvage-evidence.ts';

/** Changed rows that are applied together or not at all. */
export interface SalvageGroup {
  readonly rows: readonly RowChange[];
}

/**
 * Divides the changed rows into the smallest groups that no transaction crosses: rows of one transaction, of one unit, and rows that
 * refer to each other belong together.
 */
export function groupChanges({
  changes,
  links,
  unitColumns,
}: Pick<SalvageEvidence, 'changes' | 'links' | 'unitColumns'>): SalvageGroup[] {
  const sets = disjointSets();
  for (const row of changes) {
    const own = `row ${row.table} ${row.key}`;
    sets.join(own, `transaction ${row.xid}`);
    const unitColumn = unitColumns[row.table];
    const unit = unitColumn === undefined ? undefined : row.links[unitColumn];
    sets.join(own, unit == null ? `table ${row.table}` : `unit ${unit}`);
    for (const link of links) {
      // A name that a row has, and a name by which another one calls it, are the same knot.
      const { table, column, referencedTable, referencedColumn } = link;
      const called = row.table === table ? row.links[column] : undefined;
      if (called != null) sets.join(own, nameOf(referencedTable, referencedColumn, called));
      const named = row.table === referencedTable ? row.links[referencedColumn] : undefined;
      if (named != null) sets.join(own, nameOf(referencedTable, referencedColumn, named));
    }
  }
  const groups = Map.groupBy(changes, (row) => sets.rootOf(`row ${row.table} ${row.key}`));
  return [...groups.values()].map((rows) => ({ rows }));
}

/** The transactions of a group of which some row is still to be seen. */
export function transactionsOf(groups: readonly SalvageGroup[]): ReadonlySet<string> {
  return new Set(groups.flatMap(({ rows }) => rows.map(({ xid }) => xid)));
}

function nameOf(table: string, column: string, value: string): string {
  return `name ${JSON.stringify([table, column, value])}`;
}

function disjointSets() {
  const parents = new Map<string, string>();
  const rootOf = (member: string): string => {
    let root = member;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    // The way is shortened for whoever asks next.
    for (let step = member; step !== root; ) {
      const next = parents.get(step) ?? root;
      parents.set(step, root);
      step = next;
    }
    return root;
  };
  return {
    rootOf,
    join(left: string, right: string): void {
      const [one, other] = [rootOf(left), rootOf(right)];
      if (one !== other) parents.set(one, other);
    },
  };
}
