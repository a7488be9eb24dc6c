import type { Baseline } from './baseline.ts';
import { tracksCommitTimes } from './commit-times.ts';
import { type TableTouch, type Traces, type TransactionTrace, UNUSUAL_ROWS } from './culprit.ts';
import { EvidenceUnavailable } from './evidence-unavailable.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import { readRelationFiles } from './landmarks.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { asTimestamp, quoted, tableName } from './sql-text.ts';

/** Transactions before the baseline's newest that may still have been under way then. */
const OVERLAP_TRANSACTIONS = 1000n;

/** One transaction and one table. */
interface Touched {
  readonly xid: string;
  readonly committedAt: string;
  readonly touch: TableTouch;
}

/**
 * What the rows themselves and the catalog say since a baseline, by the time at which their transaction was committed
 * (`track_commit_timestamp`): who left many rows behind, and who gave a table new files. A deleted row says nothing any more, nor
 * does a table that is gone.
 * @param from the last sound baseline.
 * @throws {EvidenceUnavailable} saying why there are no commit times.
 */
export async function readCommitEvidence(
  session: DatabaseSession,
  platform: PlatformData,
  from: Pick<Baseline, 'landmarks' | 'nextTransactionId' | 'observedAt'>,
): Promise<Traces> {
  await requireCommitTimes(session);
  return inSnapshot(session, async () => {
    const range = await transactionsSince(session, from.nextTransactionId);
    const filesNow = await readRelationFiles(session, platform);
    const touched: Touched[] = [];
    for (const table of platform.criticalTables) {
      const name = tableName(table);
      const before = from.landmarks?.relationFiles[name];
      const reading = await guardedRead(session, async () => [
        ...(await manyRows(session, table, range, from.observedAt)),
        ...(before !== undefined && filesNow[name] !== undefined && filesNow[name] !== before
          ? await newFile(session, table)
          : []),
      ]);
      if (reading.state === 'read') touched.push(...reading.value);
    }
    return { source: 'commit-timestamps', transactions: byTransaction(touched), typicalRows: {} };
  });
}

/** Looks whether commits carry their time. @throws {EvidenceUnavailable} when they do not. */
export async function requireCommitTimes(session: DatabaseSession): Promise<void> {
  if (!(await tracksCommitTimes(session))) throw new EvidenceUnavailable('track_commit_timestamp is off');
}

/** How far back the row versions of interest lie, in transactions: compared by age, so that a wrapped counter does no harm. */
export async function transactionsSince(
  session: DatabaseSession,
  nextTransactionId: string,
): Promise<number> {
  const [row] = await session.query<{ next: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
  );
  const since = BigInt(row?.next ?? '0') - BigInt(nextTransactionId) + OVERLAP_TRANSACTIONS;
  return Number(since < 2_000_000_000n ? since : 2_000_000_000n);
}

async function manyRows(
  session: DatabaseSession,
  table: CriticalTable,
  range: number,
  since: string,
): Promise<Touched[]> {
  const { schema, name, createdAtColumn } = table;
  // The parameter is named even where no column can be compared with it.
  const isNew =
    createdAtColumn === undefined
      ? '$2::timestamptz IS NULL'
      : `${quoted(createdAtColumn)} > $2::timestamptz`;
  const rows = await session.query<{ xid: string; committed_at: string | null; rows: string; made: string }>(
    `SELECT xmin::text AS xid, ${asTimestamp('pg_xact_commit_timestamp(xmin)')} AS committed_at,
            count(*)::text AS rows, count(*) FILTER (WHERE ${isNew})::text AS made
     FROM ${quoted(schema, name)}
     WHERE age(xmin) BETWEEN 0 AND $1::int
     GROUP BY xmin
     HAVING count(*) >= ${UNUSUAL_ROWS}`,
    [range, since],
  );
  return rows.flatMap(({ xid, committed_at: committedAt, rows: all, made }) =>
    committedAt === null
      ? []
      : [
          {
            xid,
            committedAt,
            touch: {
              table: tableName(table),
              deleted: 0,
              updated: Number(all) - Number(made),
              inserted: Number(made),
              storage: 'kept' as const,
            },
          },
        ],
  );
}

/** Who wrote the table's line in the catalog last. */
async function newFile(session: DatabaseSession, table: CriticalTable): Promise<Touched[]> {
  const [row] = await session.query<{ xid: string; committed_at: string | null }>(
    `SELECT xmin::text AS xid, ${asTimestamp('pg_xact_commit_timestamp(xmin)')} AS committed_at
     FROM pg_class WHERE oid = to_regclass($1)`,
    [quoted(table.schema, table.name)],
  );
  if (row === undefined || row.committed_at === null) return [];
  const touch = {
    table: tableName(table),
    deleted: 0,
    updated: 0,
    inserted: 0,
    storage: 'replaced' as const,
  };
  return [{ xid: row.xid, committedAt: row.committed_at, touch }];
}

function byTransaction(touched: readonly Touched[]): TransactionTrace[] {
  const traces = new Map<string, TransactionTrace>();
  for (const { xid, committedAt, touch } of touched) {
    const tables = [...(traces.get(xid)?.tables ?? []), touch];
    traces.set(xid, { xid, committedAt, tables });
  }
  return [...traces.values()];
}
