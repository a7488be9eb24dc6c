import { SalvageBreaksRules, SalvageConflict } from './errors.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { RowChange } from './salvage-evidence.ts';
import type { SalvagePlan, SalvageTable } from './salvage-plan.ts';
import { jsonArray, sameKey } from './salvage-rows.ts';
import { findBrokenRules } from './salvage-rules.ts';
import { quoted, tableName } from './sql-text.ts';

/** What a salvage has written, and what an earlier attempt had written already. */
export interface AppliedRows {
  readonly writtenRows: number;
  readonly foundRows: number;
}

type Writing = Pick<SalvagePlan, 'tables' | 'sequences' | 'rows'>;

/**
 * Carries a plan out in one transaction, and commits only when every declared rule and reference holds.
 * @throws {SalvageConflict} when a row is neither as planned nor as it shall become: nothing is written then.
 * @throws {SalvageBreaksRules} nothing is written then.
 * @throws {StatementFailed} when a constraint of the database refuses a row: nothing is written then.
 */
export async function applySalvage(
  session: DatabaseSession,
  platform: PlatformData,
  plan: Writing,
): Promise<AppliedRows> {
  await session.query('BEGIN');
  try {
    const applied = await writeRows(session, plan);
    const broken = await findBrokenRules(session, platform);
    if (broken.length > 0) {
      throw new SalvageBreaksRules(
        `${broken.map(({ rule }) => rule).join(', ')}: would not hold any more; nothing was written`,
      );
    }
    await session.query('COMMIT');
    return applied;
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Writes the rows of a plan inside the open transaction. Nobody else writes to their tables until it ends.
 * @throws {SalvageConflict}
 */
export async function writeRows(session: DatabaseSession, plan: Writing): Promise<AppliedRows> {
  await session.query(`SET LOCAL lock_timeout = '10s'`);
  await session.query('SET CONSTRAINTS ALL DEFERRED');
  let applied: AppliedRows = { writtenRows: 0, foundRows: 0 };
  for (const table of plan.tables) {
    const rows = plan.rows.filter((row) => row.table === tableName(table));
    if (rows.length === 0) continue;
    const { writtenRows, foundRows } = await writeTable(session, table, rows);
    applied = {
      writtenRows: applied.writtenRows + writtenRows,
      foundRows: applied.foundRows + foundRows,
    };
  }
  for (const { name, lastValue } of plan.sequences) {
    await session.query(
      'SELECT setval($1::regclass, $2::bigint) WHERE coalesce(pg_sequence_last_value($1::regclass), 0) < $2::bigint',
      [name, lastValue],
    );
  }
  return applied;
}

async function writeTable(
  session: DatabaseSession,
  table: SalvageTable,
  rows: readonly RowChange[],
): Promise<AppliedRows> {
  const relation = quoted(table.schema, table.name);
  await session.query(`LOCK TABLE ${relation} IN SHARE ROW EXCLUSIVE MODE`);
  const states = await session.query<{ state: 'as-planned' | 'written' | 'other' }>(
    `WITH planned AS (SELECT element -> 'before' AS before, element -> 'after' AS after, place
                      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS list (element, place))
     SELECT CASE WHEN to_jsonb(t) = planned.after THEN 'written'
                 WHEN coalesce(to_jsonb(t), 'null') = planned.before THEN 'as-planned'
                 ELSE 'other' END AS state
     FROM planned
     CROSS JOIN LATERAL jsonb_populate_record(NULL::${relation}, planned.after) AS k
     LEFT JOIN ${relation} AS t ON ${sameKey(table, 't', 'k')}
     ORDER BY place`,
    [jsonArray(rows.map(({ before, after }) => `{"before":${before ?? 'null'},"after":${after}}`))],
  );
  const pending = rows.filter((_, index) => states[index]?.state === 'as-planned');
  const others = rows.filter((_, index) => states[index]?.state === 'other');
  if (others.length > 0) {
    const keys = others.slice(0, 5).map(({ key }) => key);
    throw new SalvageConflict(
      `${tableName(table)}: ${others.length} rows are not as they were when the salvage was planned, e.g. ${keys.join(', ')}; nothing was written`,
    );
  }
  await insertRows(
    session,
    table,
    pending.filter(({ before }) => before === null),
  );
  await updateRows(
    session,
    table,
    pending.filter(({ before }) => before !== null),
  );
  return { writtenRows: pending.length, foundRows: rows.length - pending.length };
}

async function insertRows(
  session: DatabaseSession,
  table: SalvageTable,
  rows: readonly RowChange[],
): Promise<void> {
  if (rows.length === 0) return;
  const relation = quoted(table.schema, table.name);
  const columns = table.columns.map((column) => quoted(column)).join(', ');
  // A value of GENERATED ALWAYS AS IDENTITY is part of what is salvaged, like any other.
  await session.query(
    `INSERT INTO ${relation} (${columns}) OVERRIDING SYSTEM VALUE
     SELECT ${columns} FROM jsonb_populate_recordset(NULL::${relation}, $1::jsonb)`,
    [jsonArray(rows.map(({ after }) => after))],
  );
}

async function updateRows(
  session: DatabaseSession,
  table: SalvageTable,
  rows: readonly RowChange[],
): Promise<void> {
  const columns = table.columns.filter((column) => !table.keyColumns.includes(column));
  if (rows.length === 0 || columns.length === 0) return;
  const relation = quoted(table.schema, table.name);
  const assignments = columns.map((column) => `${quoted(column)} = r.${quoted(column)}`).join(', ');
  await session.query(
    `UPDATE ${relation} AS t SET ${assignments}
     FROM jsonb_populate_recordset(NULL::${relation}, $1::jsonb) AS r WHERE ${sameKey(table, 't', 'r')}`,
    [jsonArray(rows.map(({ after }) => after))],
  );
}
