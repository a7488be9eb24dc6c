import type { DatabaseSession } from './postgres.ts';

/**
 * Whether the server remembers when transactions were committed (`track_commit_timestamp`, off by default on RDS).
 * @throws {DatabaseUnreachable}
 */
export async function tracksCommitTimes(session: DatabaseSession): Promise<boolean> {
  const [row] = await session.query<{ setting: string }>(
    `SELECT current_setting('track_commit_timestamp') AS setting`,
  );
  return row?.setting === 'on';
}

/** When transactions were committed, microseconds since 1970, by transaction id (64 bit, as `pg_current_snapshot` counts). */
export type CommitTimes = ReadonlyMap<bigint, bigint>;

/** Transaction ids from `from` to before `until`. */
export interface TransactionRange {
  readonly from: bigint;
  readonly until: bigint;
}

/**
 * The commits among some transaction ids; those that were rolled back, are under way, have never been given out or are too old to be
 * remembered are left out. Subtransactions count as transactions.
 * @throws {StatementFailed} 55000 when the server does not track them.
 * @throws {DatabaseUnreachable}
 */
export async function readCommitTimes(
  session: DatabaseSession,
  { from, until }: TransactionRange,
): Promise<CommitTimes> {
  // The lowest three of each four billion ids are no transactions; asking for them is an error.
  const rows = await session.query<{ id: string; micros: string }>(
    `SELECT id::text, (extract(epoch FROM committed_at) * 1000000)::bigint::text AS micros
     FROM (SELECT id, CASE WHEN id & 4294967295 >= 3 THEN pg_xact_commit_timestamp(id::text::xid8::xid) END AS committed_at
           FROM generate_series($1::bigint, $2::bigint - 1) AS id) AS known
     WHERE committed_at IS NOT NULL`,
    [String(from), String(until)],
  );
  return new Map(rows.map(({ id, micros }) => [BigInt(id), BigInt(micros)]));
}
