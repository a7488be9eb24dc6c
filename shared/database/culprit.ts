import * as z from 'zod';
import { epochMicros, Timestamp } from '../lambda/timestamp.ts';
import type { PlatformData } from './platform-data.ts';
import { RestoreAlternative, RestorePreview } from './restore-point.ts';
import { tableName } from './sql-text.ts';

/** What one transaction did to one critical table. */
const TableTouch = z.object({
  /** `schema.table`. */
  table: z.string(),
  /** Rows. */
  deleted: z.int().nonnegative(),
  updated: z.int().nonnegative(),
  inserted: z.int().nonnegative(),
  /** `replaced`: the table got new files, as TRUNCATE and rewriting commands give it. `dropped`: the table is gone. */
  storage: z.enum(['kept', 'replaced', 'dropped']),
});
export type TableTouch = z.infer<typeof TableTouch>;

/** What one committed transaction did to the critical tables, as the server remembers it. */
export const TransactionTrace = z.object({
  xid: z.string().regex(/^\d+$/),
  /** The server's own stamp of the commit, microseconds. */
  committedAt: Timestamp,
  tables: z.array(TableTouch),
});
export type TransactionTrace = z.infer<typeof TransactionTrace>;

/** Where traces come from. The log says everything; commit timestamps say nothing about rows that were deleted. */
const EvidenceSource = z.enum(['wal', 'commit-timestamps']);
type EvidenceSource = z.infer<typeof EvidenceSource>;

/** The transaction that did the damage. */
export const Culprit = TransactionTrace.extend({
  evidence: EvidenceSource,
  /** `certain`: it destroyed rows where rows are missing. `likely`: it wrote far more than others, and a rule is broken since. */
  confidence: z.enum(['certain', 'likely']),
  reason: z.string(),
});
export type Culprit = z.infer<typeof Culprit>;

/** What a search for the culprit came to. That nobody was found is a finding too: the baselines decide then. */
export const CulpritSearch = z.object({
  culprit: Culprit.nullable(),
  /** Who else did something unusual since the last sound moment, in the order of the commits. */
  suspects: z.array(TransactionTrace),
  /** What was found; or why nobody was, by source of evidence. */
  reason: z.string(),
  /** Where to go back to: the last whole second strictly before the commit of the culprit. */
  proposedPoint: Timestamp.nullable(),
  preview: RestorePreview.nullable(),
  /** The point that people wanted when the search was made; null when they wanted none. */
  madeFor: Timestamp.nullable().optional(),
  /** Other moments that a person may prefer; looked for only where people are asked. */
  alternatives: z.array(RestoreAlternative).optional(),
});
export type CulpritSearch = z.infer<typeof CulpritSearch>;

/** A rule of the integrity assessment that is broken (`shared/assessment`), by its name and what it is about. */
export interface BrokenRule {
  readonly rule: string;
  readonly subject: string;
}

/** What the traces of a window show. */
export interface Traces {
  readonly source: EvidenceSource;
  readonly transactions: readonly TransactionTrace[];
  /** Rows that a transaction of the window writes to a table as a rule (median), by table. */
  readonly typicalRows: Readonly<Record<string, number>>;
}

/** A transaction that writes fewer rows than this to one table is never unusual. */
export const UNUSUAL_ROWS = 10;
/** An unusual transaction writes this many times what others do. */
const UNUSUAL_TIMES = 10;

/** The culprit, if there is one, and whoever else did something unusual; both in the order of their commits. */
interface Verdict {
  readonly culprit: Culprit | undefined;
  readonly suspects: readonly TransactionTrace[];
}

/**
 * Which transaction did the damage: the earliest that explains a broken rule, because whoever goes back to before it goes back to
 * before all the others. Ordinary trading explains nothing; damaged pages are nobody's transaction.
 * @param since what was committed by then was seen to be sound.
 */
export function findCulprit(
  traces: Traces,
  brokenRules: readonly BrokenRule[],
  platform: PlatformData,
  since: string,
): Verdict {
  const candidates = traces.transactions
    .filter(({ committedAt }) => epochMicros(committedAt) > epochMicros(since))
    .toSorted((left, right) => compare(epochMicros(left.committedAt), epochMicros(right.committedAt)))
    .map((trace) => ({ trace, harm: harmOf(trace, traces, platform) }))
    .filter(({ harm }) => harm.destroyed.size > 0 || harm.mass.size > 0);
  const index = candidates.findIndex(({ harm }) => brokenRules.some((broken) => explains(harm, broken)));
  const found = candidates[index];
  return {
    culprit: found && {
      ...found.trace,
      evidence: traces.source,
      confidence: brokenRules.some((broken) => isDestroyed(found.harm, broken)) ? 'certain' : 'likely',
      reason: reasonOf(found.trace, found.harm),
    },
    suspects: candidates.filter((_candidate, at) => at !== index).map(({ trace }) => trace),
  };
}

/** Tables in which a transaction destroyed rows that must stay, and those to which it wrote far more than others do. */
interface Harm {
  readonly destroyed: ReadonlySet<string>;
  readonly mass: ReadonlySet<string>;
}

function harmOf(trace: TransactionTrace, { typicalRows }: Traces, platform: PlatformData): Harm {
  const appendOnly = new Set(
    platform.criticalTables.filter(({ kind }) => kind === 'append-only').map(tableName),
  );
  const unusual = (table: string, rows: number) =>
    rows >= UNUSUAL_ROWS && rows >= UNUSUAL_TIMES * (typicalRows[table] ?? 1);
  const destroys = ({ table, deleted, storage }: TableTouch) =>
    storage !== 'kept' || (appendOnly.has(table) ? deleted > 0 : unusual(table, deleted));
  const writesMuch = ({ table, updated, inserted }: TableTouch) =>
    unusual(table, updated) || unusual(table, inserted);
  const namesOf = (touches: readonly TableTouch[]) => new Set(touches.map(({ table }) => table));
  return {
    destroyed: namesOf(trace.tables.filter(destroys)),
    mass: namesOf(trace.tables.filter(writesMuch)),
  };
}

/** Rows that are missing were destroyed where they were; every other rule may break by whatever is written. */
function explains(harm: Harm, broken: BrokenRule): boolean {
  if (isDestroyed(harm, broken)) return true;
  return broken.rule === 'InvariantBroken' || broken.rule === 'OrphanedRows';
}

function isDestroyed({ destroyed }: Harm, { rule, subject }: BrokenRule): boolean {
  return (rule === 'RowsLost' || rule === 'TableMissing') && destroyed.has(subject);
}

function reasonOf({ xid, tables }: TransactionTrace, { destroyed, mass }: Harm): string {
  const deeds = tables
    .filter(({ table }) => destroyed.has(table) || mass.has(table))
    .map((touch) => `${deedOf(touch)} ${touch.table}`);
  return `Transaction ${xid} ${deeds.join(' and ')}`;
}

function deedOf({ storage, deleted, updated, inserted }: TableTouch): string {
  if (storage === 'dropped') return 'dropped';
  if (storage === 'replaced') return 'emptied or rewrote';
  const deeds = Object.entries({ deleted, updated, inserted }).filter(([, rows]) => rows > 0);
  return `${deeds.map(([deed, rows]) => `${deed} ${rows}`).join(', ')} rows of`;
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
