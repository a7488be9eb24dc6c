import { epochMicros } from '../lambda/timestamp.ts';
import type { Fingerprints, SealedBucket } from './fingerprint.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { preparePrinting, printBuckets, printedColumns, printTable, type Span } from './print-rows.ts';
import { asTimestamp, quoted, tableName } from './sql-text.ts';

/** How long a bucket is. */
const BUCKET_SECONDS = 3600;
/** A service that stamps its rows itself may have a clock that lags behind by so much. */
const SETTLING_SECONDS = 60;
/** What one run may read of one table: it catches up over the next ones. A single bucket is always read. */
const MOST_BUCKETS = 48;
const MOST_ROWS = 500_000;
/** Larger tables are only fingerprinted by bucket. */
const MOST_WHOLE_TABLE_BYTES = 256 * 1024 * 1024;

/** Stands for the run itself among the tables: a platform without fixed columns gets one entry a bucket as well. */
export const RUN = '*';

type SealedSource = CriticalTable & { readonly createdAtColumn: string };

/**
 * The moment before which no row is made any more: the clock less what clocks lag, and never later than the beginning of the oldest
 * transaction that still runs, since `now()` in it stays there. Must be asked before the snapshot is taken.
 * @returns null while a prepared transaction waits: nobody knows when it began.
 */
async function readHorizon(session: DatabaseSession): Promise<string | null> {
  const [row] = await session.query<{ horizon: string | null }>(
    `SELECT CASE WHEN EXISTS (SELECT FROM pg_prepared_xacts) THEN NULL ELSE ${asTimestamp(
      `least(clock_timestamp() - interval '${SETTLING_SECONDS} seconds',
             (SELECT min(xact_start) FROM pg_stat_activity
              WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'logical replication worker')))`,
    )} END AS horizon`,
  );
  return row?.horizon ?? null;
}

/** The end of the last bucket that is closed at a moment. */
export function lastBucketEnd(horizon: string): string {
  const bucketMicros = BigInt(BUCKET_SECONDS) * 1_000_000n;
  const micros = (epochMicros(horizon) / bucketMicros) * bucketMicros;
  return new Date(Number(micros / 1000n)).toISOString().replace('.000Z', '.000000Z');
}

/**
 * Fingerprints what has closed since `sealedUntil`, and small tables in whole, in one snapshot.
 * @returns undefined when nothing has closed.
 * @throws {DatabaseUnreachable}
 */
export async function takeFingerprints(
  session: DatabaseSession,
  platform: PlatformData,
  databaseIdentifier: string,
  sealedUntil: Readonly<Record<string, string>>,
): Promise<Fingerprints | undefined> {
  const horizon = await readHorizon(session);
  if (horizon === null) return undefined;
  const until = lastBucketEnd(horizon);
  const open = platform.criticalTables.filter(
    (table): table is SealedSource => isSealed(table) && isBefore(sealedUntil[tableName(table)], until),
  );
  const hasClosed = isBefore(sealedUntil[RUN], until);
  if (open.length === 0 && !hasClosed) return undefined;
  return inSnapshot(session, async () => {
    const [snapshot] = await session.query<{ at: string; oldest: string; version: number }>(
      `SELECT ${asTimestamp('clock_timestamp()')} AS at, pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
              current_setting('server_version_num')::int / 10000 AS version`,
    );
    await preparePrinting(session);
    const taken: Fingerprints = {
      databaseIdentifier,
      snapshotAt: snapshot?.at ?? '',
      oldestTransactionId: snapshot?.oldest ?? '0',
      serverMajorVersion: snapshot?.version ?? 0,
      sealed: [],
      whole: [],
      left: [],
      sealedUntil: { ...sealedUntil, [RUN]: until },
    };
    for (const table of open) {
      await sealTable(session, table, { from: sealedUntil[tableName(table)] ?? null, until }, taken);
    }
    // A table that cannot be read is tried again each time, but said once an hour.
    if (!hasClosed) return taken.sealed.length > 0 ? taken : undefined;
    for (const table of platform.criticalTables) {
      if (table.fixedColumns !== 'all') await printWhole(session, table, taken);
    }
    return taken;
  });
}

async function sealTable(
  session: DatabaseSession,
  table: SealedSource,
  span: Span,
  taken: Fingerprints,
): Promise<void> {
  const name = tableName(table);
  const reading = await guardedRead(session, async () => {
    const columns = await printedColumns(session, table, table.fixedColumns ?? 'all');
    const bounded = { from: span.from, until: await boundedEnd(session, table, span) };
    return { columns, buckets: await printBuckets(session, table, columns, bounded, BUCKET_SECONDS) };
  });
  if (reading.state !== 'read') {
    taken.left.push({ table: name, reason: reading.reason });
    return;
  }
  const { createdAtColumn } = table;
  taken.sealed.push({ table: name, createdAtColumn, ...reading.value });
  taken.sealedUntil[name] = (reading.value.buckets.at(-1) as SealedBucket).until;
}

/** The end of what one run reads of a table: not too many buckets after its first row, and not too many rows. */
async function boundedEnd(session: DatabaseSession, table: SealedSource, span: Span): Promise<string> {
  const madeAt = quoted(table.createdAtColumn);
  const [row] = await session.query<{ end: string | null }>(
    `WITH open AS MATERIALIZED (
       SELECT ${madeAt}::timestamptz AS made_at FROM ${quoted(table.schema, table.name)}
       WHERE ${madeAt} < $2::timestamptz AND ($1::timestamptz IS NULL OR ${madeAt} >= $1::timestamptz)
       ORDER BY ${madeAt} LIMIT ${MOST_ROWS}),
     first AS (SELECT date_bin($3::interval, min(made_at), 'epoch'::timestamptz) AS bucket FROM open),
     full_after AS (SELECT date_bin($3::interval, max(made_at), 'epoch'::timestamptz) AS bucket FROM open
                    HAVING count(*) = ${MOST_ROWS})
     SELECT ${asTimestamp(
       `least($2::timestamptz, first.bucket + ${MOST_BUCKETS} * $3::interval,
              (SELECT greatest(full_after.bucket, first.bucket + $3::interval) FROM full_after))`,
     )} AS end FROM first`,
    [span.from, span.until, `${BUCKET_SECONDS} seconds`],
  );
  return row?.end ?? span.until;
}

async function printWhole(
  session: DatabaseSession,
  table: CriticalTable,
  taken: Fingerprints,
): Promise<void> {
  const name = tableName(table);
  const reading = await guardedRead(session, async () => {
    const [size] = await session.query<{ bytes: string }>(
      'SELECT pg_table_size($1::regclass)::text AS bytes',
      [quoted(table.schema, table.name)],
    );
    if (Number(size?.bytes) > MOST_WHOLE_TABLE_BYTES) return undefined;
    const columns = await printedColumns(session, table, 'all');
    return { columns, ...(await printTable(session, table, columns)) };
  });
  if (reading.state !== 'read') taken.left.push({ table: name, reason: reading.reason });
  else if (reading.value === undefined)
    taken.left.push({ table: name, reason: 'too large to be read in whole' });
  else taken.whole.push({ table: name, ...reading.value });
}

function isSealed(table: CriticalTable): table is SealedSource {
  return table.fixedColumns !== undefined && table.createdAtColumn !== undefined;
}

function isBefore(moment: string | undefined, until: string): boolean {
  return moment === undefined || epochMicros(moment) < epochMicros(until);
}
