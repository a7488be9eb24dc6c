import * as z from 'zod';

const Identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a plain lower-case PostgreSQL name');

/** A table that must come back complete. */
export const CriticalTable = z
  .strictObject({
    schema: Identifier.default('public'),
    name: Identifier,
    /** `append-only`: rows are only ever added, so its count never falls. `mutable`: rows come and go. */
    kind: z.enum(['append-only', 'mutable']),
    /** Time column that tells how new the data is; also counts rows after the restore point. */
    createdAtColumn: Identifier.optional(),
    /** For a mutable table: rows by which two baselines a minute apart may differ in ordinary trading. */
    maxDriftRows: z.int().nonnegative().default(0),
    /**
     * For an append-only table: the columns that never change once a row is made, or `all`. They are sealed hour by hour, by
     * `createdAtColumn`, which needs an index and must not be set to a time that is past by more than a minute.
     */
    fixedColumns: z.union([z.literal('all'), z.array(Identifier).min(1)]).optional(),
    /**
     * Column that names the unit (user, account, tenant) of a row. No transaction of the platform touches rows of two units: what is
     * salvaged of one unit leaves the others as they were. Without it the changes of the table are salvaged all together or not at all.
     */
    unitColumn: Identifier.optional(),
  })
  .refine(
    ({ fixedColumns, kind, createdAtColumn }) =>
      fixedColumns === undefined || (kind === 'append-only' && createdAtColumn !== undefined),
    { path: ['fixedColumns'], message: 'needs an append-only table with a createdAtColumn' },
  );
export type CriticalTable = z.infer<typeof CriticalTable>;

/** A rule that holds at every commit of the platform. */
const Invariant = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be lower-case words joined by hyphens'),
  /** What a person reads when it is broken. */
  summary: z.string().min(1).max(200),
  /** One SELECT that gives one row with one number, the violations; 0 when the rule holds. Runs in a read-only transaction. */
  sql: z.string().regex(/^\s*(select|with)\b/i, 'must be a SELECT'),
  /** Which rows break it, so that a salvage can leave out what belongs to them and keep the rest. */
  violators: z
    .strictObject({
      schema: Identifier.default('public'),
      name: Identifier,
      /** The column that the SELECT gives, one row for each row of the table that breaks the rule. */
      column: Identifier,
      sql: z.string().regex(/^\s*(select|with)\b/i, 'must be a SELECT'),
    })
    .optional(),
});

/** Where a column must find its row in another table. */
export const Reference = z.strictObject({
  table: Identifier,
  column: Identifier,
  referencedTable: Identifier,
  referencedColumn: Identifier,
});
export type Reference = z.infer<typeof Reference>;

/** What the platform declares of its own data; ships beside the functions that read the database as `platform-data.json`. */
export const PlatformData = z.strictObject({
  criticalTables: z.array(CriticalTable).min(1),
  /** SOP "Verify critical data": counts the open positions; one row, one number. */
  openPositionsSql: Invariant.shape.sql,
  /** SOP "Check latest data timestamp": one row, one timestamptz (or null). */
  latestTradeSql: Invariant.shape.sql,
  /** Users with a session now: one row, one number. */
  activeSessionsSql: Invariant.shape.sql,
  /** Users touched by trouble since `$1` (timestamptz): one row, one number. */
  affectedUsersSql: Invariant.shape.sql,
  /** What else is measured when the database is slow, beside a sign-in and a row of each critical table: one SELECT that clients run. */
  latencyProbes: z
    .array(z.strictObject({ name: Invariant.shape.name, sql: Invariant.shape.sql }))
    .default([]),
  /** Open positions netted by exchange and symbol, bought less sold: rows of `exchange`, `symbol` and `net`, all text. */
  netPositionsSql: Invariant.shape.sql.optional(),
  references: z.array(Reference).default([]),
  invariants: z.array(Invariant).default([]),
});
export type PlatformData = z.infer<typeof PlatformData>;

/** The schema of a table that a reference names: the one under which it is declared, else `public`. Never the search path. */
export function schemaOf({ criticalTables }: Pick<PlatformData, 'criticalTables'>, table: string): string {
  return criticalTables.find(({ name }) => name === table)?.schema ?? 'public';
}
