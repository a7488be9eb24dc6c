import { epochMicros } from '../lambda/timestamp.ts';
import type { TableTouch, TransactionTrace } from './culprit.ts';
import { type RowChange, reference, type SalvageEvidence } from './salvage-evidence.ts';
import { groupChanges, type SalvageGroup } from './salvage-groups.ts';

/** Why a group is not offered. */
export type ReviewReason =
  | 'culprit'
  | 'too-many-rows'
  | 'may-build-on-damage'
  | 'refers-to-missing-row'
  | 'update-of-unknown-origin'
  | 'breaks-rule'
  | 'not-applicable';

/** A group that people must look at. */
interface ReviewedGroup extends SalvageGroup {
  readonly reason: ReviewReason;
  /** What exactly, for a person. */
  readonly because: string;
}

/** What may be offered, and what may not. */
export interface SalvageClasses {
  readonly offered: readonly SalvageGroup[];
  readonly review: readonly ReviewedGroup[];
}

/** What decides, besides the evidence. */
export interface SalvagePolicy {
  /** Who did the damage, and whoever else did something unusual. */
  readonly culprits: readonly TransactionTrace[];
  /** Whether it is certain who did the damage. */
  readonly culpritKnown: boolean;
  /** A transaction that wrote more rows counts as a culprit. */
  readonly transactionRowLimit: number;
}

/** Classes every changed row: what no culprit can have touched is offered, all else goes to review. */
export function classifyChanges(evidence: SalvageEvidence, policy: SalvagePolicy): SalvageClasses {
  const damage = damageSeen(evidence.changes, policy);
  const offered: SalvageGroup[] = [];
  const review: ReviewedGroup[] = [];
  for (const group of groupChanges(evidence)) {
    const objection = objectionTo(group, evidence, damage);
    if (objection === undefined) offered.push(group);
    else review.push({ ...group, ...objection });
  }
  return { offered, review };
}

interface Damage {
  readonly culprits: ReadonlySet<string>;
  readonly suspects: ReadonlySet<string>;
  /** First moment from which on a row of a table may build on damage, in microseconds since 1970, by table. */
  readonly damagedSince: ReadonlyMap<string, bigint>;
  readonly culpritKnown: boolean;
}

function damageSeen(
  changes: readonly RowChange[],
  { culprits: traces, culpritKnown, transactionRowLimit }: SalvagePolicy,
): Damage {
  const culprits = new Set(traces.map(({ xid }) => xid));
  const byTransaction = Map.groupBy(changes, ({ xid }) => xid);
  const suspects = new Set(
    [...byTransaction].filter(([, rows]) => rows.length > transactionRowLimit).map(([xid]) => xid),
  );
  const damagedSince = new Map<string, bigint>();
  const note = (table: string, at: string) => {
    const since = damagedSince.get(table);
    const micros = epochMicros(at);
    if (since === undefined || micros < since) damagedSince.set(table, micros);
  };
  for (const { committedAt, tables } of traces) {
    for (const touch of tables) if (leavesRows(touch)) note(touch.table, committedAt);
  }
  for (const { xid, table, committedAt } of changes) {
    if (culprits.has(xid) || suspects.has(xid)) note(table, committedAt);
  }
  return { culprits, suspects, damagedSince, culpritKnown };
}

/** Deleted rows are changed by nobody any more; rows that were written may be, and carry the damage on. */
function leavesRows({ updated, inserted, storage }: TableTouch): boolean {
  return updated > 0 || inserted > 0 || storage !== 'kept';
}

type Objection = Pick<ReviewedGroup, 'reason' | 'because'>;

function objectionTo(
  { rows }: SalvageGroup,
  { links, dangling }: SalvageEvidence,
  damage: Damage,
): Objection | undefined {
  const insertingTransactions = new Set(rows.filter(({ before }) => before === null).map(({ xid }) => xid));
  for (const row of rows) {
    const objection =
      objectionToTransaction(row, damage) ??
      objectionToReferences(row, links, dangling) ??
      (damage.culpritKnown || insertingTransactions.has(row.xid)
        ? undefined
        : {
            reason: 'update-of-unknown-origin' as const,
            because: `transaction ${row.xid} only changed rows, and it is not certain which transaction did the damage`,
          });
    if (objection !== undefined) return objection;
  }
  return undefined;
}

function objectionToTransaction(
  row: RowChange,
  { culprits, suspects, damagedSince }: Damage,
): Objection | undefined {
  const { xid, table, committedAt } = row;
  if (culprits.has(xid))
    return {
      reason: 'culprit',
      because: `transaction ${xid} did the damage, or something else that is unusual`,
    };
  if (suspects.has(xid))
    return { reason: 'too-many-rows', because: `transaction ${xid} wrote more rows than any trade does` };
  const since = damagedSince.get(table);
  if (since !== undefined && epochMicros(committedAt) >= since && !isMadeAfter(row, since))
    return {
      reason: 'may-build-on-damage',
      because: `transaction ${xid} wrote a row of ${table} after the damage there`,
    };
  return undefined;
}

/** A row that did not exist when the damage was done cannot carry any of it on. */
function isMadeAfter({ before, createdAt }: RowChange, since: bigint): boolean {
  return before === null && createdAt !== null && epochMicros(createdAt) > since;
}

function objectionToReferences(
  row: RowChange,
  links: SalvageEvidence['links'],
  dangling: SalvageEvidence['dangling'],
): Objection | undefined {
  for (const link of links) {
    const value = link.table === row.table ? row.links[link.column] : undefined;
    if (value != null && dangling.has(reference(link, value)))
      return {
        reason: 'refers-to-missing-row',
        because: `${link.table}.${link.column} = ${value} has no row in ${link.referencedTable} on the damaged database`,
      };
  }
  return undefined;
}

/** A row that a declared rule names as breaking it. */
export interface Violator {
  readonly rule: string;
  readonly table: string;
  readonly column: string;
  readonly value: string;
}

/**
 * Takes the groups out that break a rule: those that changed the row that breaks it, or that refer to it.
 * Null when a violation cannot be laid at any group's door: then none of them can be trusted.
 */
export function withoutViolators(
  { offered, review }: SalvageClasses,
  violators: readonly Violator[],
  links: SalvageEvidence['links'],
): SalvageClasses | null {
  const rulesByName = new Map<string, string>();
  for (const { rule, table, column, value } of violators) {
    rulesByName.set(reference({ table, column }, value), rule);
  }
  const answered = new Set<string>();
  const kept: SalvageGroup[] = [];
  const broken: ReviewedGroup[] = [];
  for (const group of offered) {
    const names = group.rows.flatMap((row) => namesOn(row, links)).filter((name) => rulesByName.has(name));
    for (const name of names) answered.add(name);
    const rules = [...new Set(names.map((name) => rulesByName.get(name)))];
    if (rules.length === 0) kept.push(group);
    else broken.push({ ...group, reason: 'breaks-rule', because: `would break ${rules.join(', ')}` });
  }
  if ([...rulesByName.keys()].some((name) => !answered.has(name))) return null;
  return { offered: kept, review: [...review, ...broken] };
}

/** Every name of a row, and of each row that it refers to. */
function namesOn(row: RowChange, links: SalvageEvidence['links']): string[] {
  const own = Object.entries(row.links).flatMap(([column, value]) =>
    value === null ? [] : [reference({ table: row.table, column }, value)],
  );
  const called = links.flatMap(({ table, column, referencedTable, referencedColumn }) => {
    const value = table === row.table ? row.links[column] : undefined;
    return value == null ? [] : [reference({ table: referencedTable, column: referencedColumn }, value)];
  });
  return [...own, ...called];
}
