import type { Unread } from './data-observation.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { quoted, tableName } from './sql-text.ts';

/**
 * Reads every page of every critical table once and says which cannot be read. Cheaper than amcheck, and enough to tell damaged
 * pages: the server checks the checksum of each page that it loads.
 */
export async function findUnreadableTables(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<Record<string, Unread>> {
  return inSnapshot(session, async () => {
    // An index-only scan would pass by the pages of the table itself.
    await session.query('SET LOCAL enable_indexonlyscan = off');
    await session.query('SET LOCAL enable_indexscan = off');
    await session.query('SET LOCAL enable_bitmapscan = off');
    const unread: Record<string, Unread> = {};
    for (const table of platform.criticalTables) {
      const reading = await guardedRead(session, () =>
        session.query(`SELECT count(*) FROM ${quoted(table.schema, table.name)}`),
      );
      if (reading.state !== 'read') unread[tableName(table)] = reading;
    }
    return unread;
  });
}
