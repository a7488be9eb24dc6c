import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import { tableName } from './sql-text.ts';

/**
 * The layer `catalog`: each critical table exists with the columns that the configuration names, and all its indexes can be used.
 * @throws {StatementFailed}
 */
export async function checkCatalog(session: DatabaseSession, platform: PlatformData): Promise<ProofCheck[]> {
  const rows = await session.query<{ table: string; columns: string[]; invalid: string[] }>(`
    SELECT namespace.nspname || '.' || class.relname AS "table",
           array(SELECT attname::text FROM pg_attribute
                 WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped) AS columns,
           array(SELECT indexrelid::regclass::text FROM pg_index
                 WHERE indrelid = class.oid AND NOT (indisvalid AND indisready AND indislive)) AS invalid
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p')`);
  const known = new Map(rows.map((row) => [row.table, row]));
  return platform.criticalTables.map((table) => {
    const name = tableName(table);
    const columns = requiredColumns(platform, table.name, table.createdAtColumn);
    const expected = ['table', ...columns.map((column) => `column ${column}`), 'usable indexes'].join(', ');
    const found = known.get(name);
    if (found === undefined) return proofCheck('catalog', name, false, expected, 'no such table');
    const faults = [
      ...columns.filter((column) => !found.columns.includes(column)).map((column) => `no column ${column}`),
      ...found.invalid.map((index) => `index ${index} cannot be used`),
    ];
    return proofCheck('catalog', name, faults.length === 0, expected, faults.join(', ') || 'all of it');
  });
}

function requiredColumns(
  platform: PlatformData,
  table: string,
  createdAtColumn: string | undefined,
): string[] {
  const columns = platform.references.flatMap((reference) => [
    ...(reference.table === table ? [reference.column] : []),
    ...(reference.referencedTable === table ? [reference.referencedColumn] : []),
  ]);
  return [...new Set([...(createdAtColumn === undefined ? [] : [createdAtColumn]), ...columns])];
}
