import type { CriticalTable } from './platform-data.ts';

/** The name of a table as baselines and proofs know it. */
export function tableName({ schema, name }: Pick<CriticalTable, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}

/** The same name for a statement. The configuration allows plain lower-case names only; those of the catalog may be anything. */
export function quoted(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** A configured SELECT as part of another statement. */
export function asExpression(sql: string): string {
  return `(${sql.trim().replace(/;$/, '')})`;
}

/** A timestamptz as RFC 3339 UTC text with microseconds: a Date would drop them. */
export function asTimestamp(expression: string): string {
  return `to_char((${expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
