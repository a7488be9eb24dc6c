import type { Reading } from './data-observation.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { ProofCheck } from './proof.ts';
import { zeroChecks } from './proof-check.ts';
import { quoted, tableName } from './sql-text.ts';

/**
 * The layer `amcheck`: every page of every critical table is sound (`verify_heapam`), and each of its B-tree indexes is in order
 * and knows every row (`bt_index_check` with `heapallindexed`). Without the extension the layer has failed, not passed.
 * @throws {DatabaseUnreachable}
 */
export async function checkStorage(session: DatabaseSession, platform: PlatformData): Promise<ProofCheck[]> {
  const faults: Record<string, Reading<number>> = {};
  await inSnapshot(session, async () => {
    for (const table of platform.criticalTables) {
      const name = tableName(table);
      const relation = quoted(table.schema, table.name);
      faults[name] = await guardedRead(session, async () => {
        const [row] = await session.query<{ faults: string }>(
          'SELECT count(*)::text AS faults FROM verify_heapam($1::regclass)',
          [relation],
        );
        return Number(row?.faults);
      });
      for (const index of await indexesOf(session, relation)) {
        faults[`${name} index ${index}`] = await guardedRead(session, async () => {
          await session.query('SELECT bt_index_check($1::regclass, true)', [index]);
          return 0;
        });
      }
    }
  });
  return zeroChecks('amcheck', faults, 'faults');
}

/** None for a table that is gone: that it is, the catalog says. */
async function indexesOf(session: DatabaseSession, relation: string): Promise<string[]> {
  const rows = await session.query<{ index: string }>(
    `SELECT indexrelid::regclass::text AS index FROM pg_index
     JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
     WHERE indrelid = to_regclass($1) AND amname = 'btree' ORDER BY 1`,
    [relation],
  );
  return rows.map(({ index }) => index);
}
