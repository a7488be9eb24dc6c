import { guardedRead } from './guarded-read.ts';
import { scalar } from './observe-data.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { Violator } from './salvage-classes.ts';
import { linksOf } from './salvage-tables.ts';
import { asExpression, quoted, tableName } from './sql-text.ts';

/** A rule that does not hold. */
export interface BrokenRule {
  readonly rule: string;
  /** The rows that break it; null where the rule cannot name them, or could not be asked. */
  readonly violators: readonly Violator[] | null;
}

/**
 * Asks every declared rule and every declared reference inside the open transaction, before it is committed or taken back.
 * @throws {DatabaseUnreachable}
 */
export async function findBrokenRules(
  session: DatabaseSession,
  platform: PlatformData,
): Promise<BrokenRule[]> {
  const broken: BrokenRule[] = [];
  for (const { name: rule, sql, violators } of platform.invariants) {
    const count = await guardedRead(session, () => scalar(session, sql));
    if (count.state === 'read' && count.value === 0) continue;
    const named =
      violators === undefined || count.state !== 'read'
        ? null
        : await rowsNamed(session, asExpression(violators.sql), {
            rule,
            table: tableName(violators),
            column: violators.column,
          });
    broken.push({ rule, violators: named?.length === 0 ? null : named });
  }
  for (const { table, column, referencedTable, referencedColumn } of linksOf(platform)) {
    const rule = `${table}.${column} -> ${referencedTable}.${referencedColumn}`;
    const child = `child.${quoted(column)}`;
    const named = await rowsNamed(
      session,
      `(SELECT ${child} FROM ${quoted(...table.split('.'))} AS child
        WHERE ${child} IS NOT NULL AND NOT EXISTS
          (SELECT FROM ${quoted(...referencedTable.split('.'))} AS parent
           WHERE parent.${quoted(referencedColumn)} = ${child}))`,
      { rule, table, column },
    );
    if (named?.length !== 0) broken.push({ rule, violators: named });
  }
  return broken;
}

async function rowsNamed(
  session: DatabaseSession,
  select: string,
  named: Omit<Violator, 'value'>,
): Promise<Violator[] | null> {
  const reading = await guardedRead(session, () =>
    session.query<{ value: string | null }>(
      `SELECT DISTINCT violator.${quoted(named.column)}::text AS value FROM ${select} AS violator`,
    ),
  );
  if (reading.state !== 'read') return null;
  return reading.value.flatMap(({ value }) => (value === null ? [] : [{ ...named, value }]));
}
