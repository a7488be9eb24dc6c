import type { Reading } from './data-observation.ts';
import { guardedRead } from './guarded-read.ts';
import { type PlatformData, type Reference, schemaOf } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { quoted } from './sql-text.ts';

/** How a person reads a reference, e.g. `trades.position_id -> positions.id`. */
export function referenceName({ table, column, referencedTable, referencedColumn }: Reference): string {
  return `${table}.${column} -> ${referencedTable}.${referencedColumn}`;
}

/** Rows that point to nothing, by reference. To be called inside a snapshot. */
export async function countOrphans(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<Record<string, Reading<number>>> {
  const orphans: Record<string, Reading<number>> = {};
  for (const reference of platform.references) {
    orphans[referenceName(reference)] = await orphansOf(session, platform, reference);
  }
  return orphans;
}

/** Rows that point to nothing by one reference. To be called inside a snapshot. */
export function orphansOf(
  session: DatabaseSession,
  platform: Pick<PlatformData, 'criticalTables'>,
  { table, column, referencedTable, referencedColumn }: Reference,
): Promise<Reading<number>> {
  return guardedRead(session, async () => {
    const [row] = await session.query<{ orphans: string }>(
      `SELECT count(*)::text AS orphans FROM ${quoted(schemaOf(platform, table), table)} AS child
       WHERE child.${quoted(column)} IS NOT NULL AND NOT EXISTS
         (SELECT FROM ${quoted(schemaOf(platform, referencedTable), referencedTable)} AS parent
          WHERE parent.${quoted(referencedColumn)} = child.${quoted(column)})`,
    );
    return Number(row?.orphans);
  });
}
