import { epochMicros } from '../lambda/timestamp.ts';
import type { Reading } from './data-observation.ts';
import {
  type Fingerprint,
  isSameContent,
  type PrintedColumn,
  type SealedTable,
  type WholeTable,
} from './fingerprint.ts';
import type { LedgerEntry } from './fingerprint-ledger.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { preparePrinting, printTable, reprintBuckets } from './print-rows.ts';
import type { ProofCheck } from './proof.ts';
import { notComparable, proofCheck } from './proof-check.ts';
import type { ProofWork } from './proof-work.ts';
import { quoted, tableName } from './sql-text.ts';

/** So many differing hours of one table are named; the others are counted. */
const MOST_NAMED = 5;

/**
 * The layer `fingerprints`: what was sealed before `until` is there, row by row and value by value. What cannot be compared exactly is
 * named with its reason.
 * @param ledger entries that count, oldest first.
 * @param until moment at which the database is meant to stand; null for a live one, where everything that was sealed counts.
 * @throws {DatabaseUnreachable}
 */
export async function checkFingerprints(
  work: ProofWork,
  platform: PlatformData,
  ledger: readonly LedgerEntry[],
  until: string | null,
): Promise<ProofCheck[]> {
  const isBefore = ({ snapshotAt }: LedgerEntry) =>
    until === null || epochMicros(snapshotAt) <= epochMicros(until);
  const majorVersion = await work.run('fingerprints', majorVersionOf);
  const entries = ledger.filter((entry) => entry.serverMajorVersion === majorVersion);
  const bracket = { before: entries.filter(isBefore), after: entries.filter((entry) => !isBefore(entry)) };
  const nothing =
    entries.length < ledger.length && bracket.before.length === 0
      ? `fingerprints of PostgreSQL ${ledger[0]?.serverMajorVersion} are not compared on ${majorVersion}`
      : 'nothing was sealed before';
  const printing = (check: (session: DatabaseSession) => Promise<ProofCheck[]>) =>
    work.run('fingerprints', (session) =>
      inSnapshot(session, async () => {
        await preparePrinting(session);
        return check(session);
      }),
    );
  const checks = await Promise.all(
    platform.criticalTables.flatMap((table) => [
      printing((session) => checkBuckets(session, table, bracket.before, nothing)),
      printing((session) => checkWhole(session, table, bracket, nothing)),
    ]),
  );
  return checks.flat();
}

async function majorVersionOf(session: DatabaseSession): Promise<number> {
  const [row] = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  );
  return row?.version ?? 0;
}

/** Hour by hour, by the columns that were fixed when an hour was sealed. */
async function checkBuckets(
  session: DatabaseSession,
  table: CriticalTable,
  entries: readonly LedgerEntry[],
  nothing: string,
): Promise<ProofCheck[]> {
  if (table.fixedColumns === undefined) return [];
  const name = tableName(table);
  const runs = contiguousRuns(entries.flatMap(({ sealed }) => sealed.filter((one) => one.table === name)));
  if (runs.length === 0) {
    const left = entries.flatMap((entry) => entry.left).findLast((one) => one.table === name);
    return [notComparable('fingerprints', name, 'sealed hours', left?.reason ?? nothing)];
  }
  const checks: ProofCheck[] = [];
  for (const run of runs) {
    const reading = await guardedRead(session, () =>
      reprintBuckets(session, { ...table, createdAtColumn: run.createdAtColumn }, run.columns, run.buckets),
    );
    checks.push(...bucketChecks(name, run, reading));
  }
  return checks;
}

/** Buckets that follow each other under the same columns, so that one scan reads them all. */
function contiguousRuns(sealed: readonly SealedTable[]): SealedTable[] {
  const runs: SealedTable[] = [];
  for (const part of sealed) {
    const run = runs.at(-1);
    const continues =
      run !== undefined &&
      run.createdAtColumn === part.createdAtColumn &&
      JSON.stringify(run.columns) === JSON.stringify(part.columns) &&
      run.buckets.at(-1)?.until === part.buckets[0]?.from;
    if (continues) run.buckets.push(...part.buckets);
    else runs.push({ ...part, buckets: [...part.buckets] });
  }
  return runs.filter(({ buckets }) => buckets.length > 0);
}

function bucketChecks(name: string, run: SealedTable, reading: Reading<Fingerprint[]>): ProofCheck[] {
  const { buckets, columns } = run;
  const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
  const subject = `${name} (${columnsText(columns)}) up to ${buckets.at(-1)?.until}`;
  const expected = `${rows} rows in ${buckets.length} sealed spans, as they were`;
  if (reading.state !== 'read') return [proofCheck('fingerprints', subject, false, expected, reading.reason)];
  const differing = buckets.flatMap((bucket, place) => {
    const found = reading.value[place];
    return found !== undefined && isSameContent(bucket, found) ? [] : [{ bucket, found }];
  });
  if (differing.length === 0)
    return [proofCheck('fingerprints', subject, true, expected, 'all of it the same')];
  const named = differing
    .slice(0, MOST_NAMED)
    .map(({ bucket, found }) =>
      proofCheck(
        'fingerprints',
        `${name} from ${bucket.from ?? 'the first row'} until ${bucket.until}`,
        false,
        fingerprintText(bucket),
        found === undefined ? 'not read' : fingerprintText(found),
      ),
    );
  const more = differing.length - named.length;
  if (more === 0) return named;
  return [...named, proofCheck('fingerprints', subject, false, expected, `${more} more spans differ`)];
}

/**
 * Every column of a table that may change: comparable when it holds exactly what was sealed last before the moment, or when it was the
 * same before and after it, or when no row was written in between.
 */
async function checkWhole(
  session: DatabaseSession,
  table: CriticalTable,
  { before, after }: { readonly before: readonly LedgerEntry[]; readonly after: readonly LedgerEntry[] },
  nothing: string,
): Promise<ProofCheck[]> {
  if (table.fixedColumns === 'all') return [];
  const name = tableName(table);
  const entry = before.findLast(({ whole }) => whole.some((one) => one.table === name));
  const sealed = wholeOf(entry, name);
  const subject = `${name} in whole`;
  if (entry === undefined || sealed === undefined) {
    const left = before.flatMap((one) => one.left).findLast((one) => one.table === name);
    return [notComparable('fingerprints', subject, 'a sealed table', left?.reason ?? nothing)];
  }
  const next = after.map((one) => wholeOf(one, name)).find((one) => one !== undefined);
  const expected = `${fingerprintText(sealed)}, sealed at ${entry.snapshotAt}`;
  const reading = await guardedRead(session, async () => ({
    found: await printTable(session, table, sealed.columns),
    written: await rowsWrittenSince(session, table, entry.oldestTransactionId),
  }));
  if (reading.state !== 'read') return [proofCheck('fingerprints', subject, false, expected, reading.reason)];
  const { found, written } = reading.value;
  const judged = judgeWhole({ table, sealed, next, found, written });
  return judged === 'not comparable'
    ? [
        notComparable(
          'fingerprints',
          subject,
          expected,
          `${written || 'possibly some'} rows were written since`,
        ),
      ]
    : [proofCheck('fingerprints', subject, judged === 'same', expected, fingerprintText(found))];
}

/** What a whole table was, is, and what is known of the time between. */
export interface WholeComparison {
  readonly table: Pick<CriticalTable, 'kind'>;
  readonly sealed: Fingerprint;
  /** The first one that was sealed after the moment, if any. */
  readonly next: Fingerprint | undefined;
  readonly found: Fingerprint;
  /** Row versions on the copy that are newer than `sealed`. */
  readonly written: number;
}

/**
 * Whether a difference is held against the copy. A row that was deleted leaves nothing on the copy, so that a mutable table without
 * newer rows may have lost some rightly; an append-only one may not.
 */
export function judgeWhole({
  table,
  sealed,
  next,
  found,
  written,
}: WholeComparison): 'same' | 'different' | 'not comparable' {
  if (isSameContent(sealed, found)) return 'same';
  if (next !== undefined && isSameContent(sealed, next)) return 'different';
  return written === 0 && table.kind === 'append-only' ? 'different' : 'not comparable';
}

/** Row versions that were written by transactions which the snapshot did not know to be over. */
async function rowsWrittenSince(
  session: DatabaseSession,
  { schema, name }: CriticalTable,
  oldestTransactionId: string,
): Promise<number> {
  const [row] = await session.query<{ written: string }>(
    `SELECT count(*)::text AS written FROM ${quoted(schema, name)}
     WHERE age(xmin) <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint - $1::bigint`,
    [oldestTransactionId],
  );
  return Number(row?.written);
}

function wholeOf(entry: LedgerEntry | undefined, name: string): WholeTable | undefined {
  return entry?.whole.find(({ table }) => table === name);
}

function fingerprintText({ rows, sum, mixedSum }: Fingerprint): string {
  return `${rows} rows ${sum}/${mixedSum}`;
}

function columnsText(columns: readonly PrintedColumn[]): string {
  return columns
    .map(({ name, type, asText }) => (asText ? `${name} by the text of its ${type}` : name))
    .join(', ');
}
