import { type PlatformData, schemaOf } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { Link } from './salvage-evidence.ts';
import type { SalvageTable, SequencePosition } from './salvage-plan.ts';
import { quoted, tableName } from './sql-text.ts';

/** The declared references with the schemas of their tables. */
export function linksOf(platform: PlatformData): Link[] {
  const full = (name: string) => tableName({ schema: schemaOf(platform, name), name });
  return platform.references.map(({ table, column, referencedTable, referencedColumn }) => ({
    table: full(table),
    column,
    referencedTable: full(referencedTable),
    referencedColumn,
  }));
}

/** The column that names the unit of a row, by `schema.table`. */
export function unitColumnsOf({ criticalTables }: PlatformData): Record<string, string> {
  return Object.fromEntries(
    criticalTables.flatMap((table) =>
      table.unitColumn === undefined ? [] : [[tableName(table), table.unitColumn]],
    ),
  );
}

/** The columns of a table by which its rows are told to belong to others, or are named by rules. */
export function linkColumnsOf(table: string, platform: PlatformData): string[] {
  const links = linksOf(platform);
  const ruled = platform.invariants.flatMap(({ violators }) => violators ?? []);
  const unitColumn = unitColumnsOf(platform)[table];
  const columns = [
    ...(unitColumn === undefined ? [] : [unitColumn]),
    ...links.filter((link) => link.table === table).map(({ column }) => column),
    ...links
      .filter(({ referencedTable }) => referencedTable === table)
      .map(({ referencedColumn }) => referencedColumn),
    ...ruled.filter((violators) => tableName(violators) === table).map(({ column }) => column),
  ];
  return [...new Set(columns)];
}

/** The declared tables, those that others refer to first; a circle is cut anywhere, since constraints are deferred. */
function inReferenceOrder(platform: PlatformData): PlatformData['criticalTables'] {
  const links = linksOf(platform);
  const ordered: PlatformData['criticalTables'] = [];
  const visited = new Set<string>();
  const visit = (table: PlatformData['criticalTables'][number]) => {
    const name = tableName(table);
    if (visited.has(name)) return;
    visited.add(name);
    for (const parent of platform.criticalTables) {
      const isReferenced = links.some(
        (link) => link.table === name && link.referencedTable === tableName(parent),
      );
      if (isReferenced) visit(parent);
    }
    ordered.push(table);
  };
  for (const table of platform.criticalTables) visit(table);
  return ordered;
}

/**
 * How the rows of each declared table are named and written, in the order of their references.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function readSalvageTables(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<SalvageTable[]> {
  const tables: SalvageTable[] = [];
  for (const { schema, name } of inReferenceOrder(platform)) {
    const columns = await session.query<{ column: string; generated: boolean; key: boolean }>(
      `SELECT a.attname AS column, a.attgenerated <> '' AS generated, coalesce(a.attnum = ANY (i.indkey), false) AS key
       FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
       WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [quoted(schema, name)],
    );
    tables.push({
      schema,
      name,
      keyColumns: columns.filter(({ key }) => key).map(({ column }) => column),
      columns: columns.filter(({ generated }) => !generated).map(({ column }) => column),
    });
  }
  return tables;
}

/**
 * How far the sequences of the declared tables have come: numbers that were handed out once are not handed out again.
 * @throws {StatementFailed}
 * @throws {DatabaseUnreachable}
 */
export async function readSequences(
  session: DatabaseSession,
  tables: readonly SalvageTable[],
): Promise<SequencePosition[]> {
  return session.query<SequencePosition>(
    `SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename) AS name, s.last_value::text AS "lastValue"
     FROM pg_depend AS d
     JOIN pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_sequences AS s ON s.schemaname = n.nspname AND s.sequencename = c.relname
     WHERE d.refobjid = ANY ($1::regclass[]) AND d.deptype IN ('a', 'i') AND s.last_value IS NOT NULL
     ORDER BY 1`,
    [tables.map(({ schema, name }) => quoted(schema, name))],
  );
}
