import { guardedRead } from './guarded-read.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { asTimestamp, quoted } from './sql-text.ts';

/** What was written after a moment, as far as the critical tables say when a row was made. */
export interface RowsAfter {
  /** Rows made after the moment. Null when no table could be asked. */
  readonly rows: number | null;
  /** When the newest row was made: the last commit of the platform itself, which a heartbeat of RDS does not move. */
  readonly newestRowAt: string | null;
}

/** Counts what going back to `since` would lose. To be called inside a snapshot; a table that cannot be read is left out. */
export async function countRowsAfter(
  session: DatabaseSession,
  platform: PlatformData,
  since: string,
): Promise<RowsAfter> {
  let after: RowsAfter = { rows: null, newestRowAt: null };
  for (const { schema, name, createdAtColumn } of platform.criticalTables) {
    if (createdAtColumn === undefined) continue;
    const column = quoted(createdAtColumn);
    const reading = await guardedRead(session, async () => {
      const [row] = await session.query<{ rows: string; newest: string | null }>(
        `SELECT count(*) FILTER (WHERE ${column} > $1::timestamptz)::text AS rows,
                ${asTimestamp(`max(${column})`)} AS newest FROM ${quoted(schema, name)}`,
        [since],
      );
      return { rows: Number(row?.rows), newestRowAt: row?.newest ?? null };
    });
    if (reading.state !== 'read') continue;
    const { rows, newestRowAt } = reading.value;
    after = { rows: (after.rows ?? 0) + rows, newestRowAt: later(after.newestRowAt, newestRowAt) };
  }
  return after;
}

/** Texts of one format compare as the times do. */
function later(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}
