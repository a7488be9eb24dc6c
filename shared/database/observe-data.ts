import type { Baseline } from './baseline.ts';
import type { DataObservation, Reading, TableCount } from './data-observation.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import { readRelationFiles, readWalPosition } from './landmarks.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { asExpression, asTimestamp, quoted, tableName } from './sql-text.ts';

/** A row whose creation lies this far back was committed, or will never be, unless its transaction is unusually long. */
const SETTLING_SECONDS = 5;

/**
 * Looks at all of the platform's declared data in one snapshot (SOP "Verify critical data").
 * @param reference the baseline that it will be compared with.
 * @throws {DatabaseUnreachable} when the connection is lost; what cannot be read is part of the answer.
 */
export async function observeData(
  session: DatabaseSession,
  platform: PlatformData,
  reference: Pick<Baseline, 'settledBefore'> | undefined,
): Promise<DataObservation> {
  const [before] = await session.query<{ observed_at: string; settled_before: string }>(
    `SELECT ${asTimestamp('clock_timestamp()')} AS observed_at,
            ${asTimestamp(`clock_timestamp() - interval '${SETTLING_SECONDS} seconds'`)} AS settled_before`,
  );
  const { observed_at: observedAt = '', settled_before: settledBefore = '' } = before ?? {};
  const walPosition = await readWalPosition(session);
  return inSnapshot(session, async () => {
    const [snapshot] = await session.query<{ snapshot_at: string; next_transaction_id: string }>(
      `SELECT ${asTimestamp('clock_timestamp()')} AS snapshot_at,
              pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction_id`,
    );
    const number = (sql: string): Promise<Reading<number>> =>
      guardedRead(session, () => scalar(session, sql));
    return {
      observedAt,
      snapshotAt: snapshot?.snapshot_at ?? '',
      settledBefore,
      nextTransactionId: snapshot?.next_transaction_id ?? '0',
      lastCommitAt: await lastCommit(session),
      ...(walPosition !== null && {
        landmarks: { walPosition, relationFiles: await readRelationFiles(session, platform) },
      }),
      tables: await named(platform.criticalTables, tableName, (table) =>
        guardedRead(session, () => countRows(session, table, settledBefore, reference?.settledBefore)),
      ),
      openPositions: await number(platform.openPositionsSql),
      latestTradeAt: await guardedRead(session, () => moment(session, platform.latestTradeSql)),
      activeSessions: await number(platform.activeSessionsSql),
      invariants: await named(
        platform.invariants,
        ({ name }) => name,
        ({ sql }) => number(sql),
      ),
    };
  });
}

/** One after the other: a session runs one statement at a time. */
async function named<Item, Value>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  read: (item: Item) => Promise<Value>,
): Promise<Record<string, Value>> {
  const readings: Record<string, Value> = {};
  for (const item of items) readings[nameOf(item)] = await read(item);
  return readings;
}

/**
 * Counts a table in one scan.
 * @param settledBefore rows made before it are counted as `settled` ...
 * @param referenceSettledBefore ... and those before this as `settledAtReference`.
 * @throws {StatementFailed}
 */
export async function countRows(
  session: DatabaseSession,
  table: CriticalTable,
  settledBefore: string,
  referenceSettledBefore: string | undefined,
): Promise<TableCount> {
  const from = `FROM ${quoted(table.schema, table.name)}`;
  if (table.kind === 'mutable' || table.createdAtColumn === undefined) {
    const [row] = await session.query<{ count: string }>(`SELECT count(*)::text AS count ${from}`);
    return { count: Number(row?.count), settled: null, settledAtReference: null };
  }
  const column = quoted(table.createdAtColumn);
  const settled = (parameter: string) =>
    `count(*) FILTER (WHERE ${column} < ${parameter}::timestamptz)::text`;
  const [row] = await session.query<{ count: string; settled: string; at_reference: string }>(
    `SELECT count(*)::text AS count, ${settled('$1')} AS settled, ${settled('$2')} AS at_reference ${from}`,
    [settledBefore, referenceSettledBefore ?? settledBefore],
  );
  return {
    count: Number(row?.count),
    settled: Number(row?.settled),
    settledAtReference: referenceSettledBefore === undefined ? null : Number(row?.at_reference),
  };
}

/** A configured SELECT that gives one number. */
export async function scalar(
  session: DatabaseSession,
  sql: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const [row] = await session.query<{ value: string | null }>(
    `SELECT ${asExpression(sql)}::bigint::text AS value`,
    values,
  );
  return Number(row?.value ?? 0);
}

/** A configured SELECT that gives one time, or null. */
export async function moment(session: DatabaseSession, sql: string): Promise<string | null> {
  const [row] = await session.query<{ value: string | null }>(
    `SELECT ${asTimestamp(`${asExpression(sql)}::timestamptz`)} AS value`,
  );
  return row?.value ?? null;
}

/** Null where the server does not track commit times, or has restarted since the last one. */
export async function lastCommit(session: DatabaseSession): Promise<string | null> {
  const reading = await guardedRead(session, async () => {
    const [row] = await session.query<{ at: string | null }>(
      `SELECT ${asTimestamp('(SELECT "timestamp" FROM pg_last_committed_xact())')} AS at`,
    );
    return row?.at ?? null;
  });
  return reading.state === 'read' ? reading.value : null;
}
