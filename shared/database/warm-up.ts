import * as z from 'zod';
import type { Clock } from '../lambda/clock.ts';
import { StatementFailed } from './errors.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { SessionPool } from './session-pool.ts';
import { quoted } from './sql-text.ts';

/** What was read of the hot relations before clients come. Sizes are bytes. */
export const WarmUp = z.object({
  /** `pg_prewarm` reads every page; `scans` read tables and B-trees alone. */
  by: z.enum(['pg_prewarm', 'scans']),
  bytes: z.int().nonnegative(),
  warmedBytes: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  /** What was not, or not wholly, read. */
  cold: z.array(z.object({ relation: z.string(), bytes: z.int().nonnegative(), reason: z.string() })),
});
export type WarmUp = z.infer<typeof WarmUp>;

/** A file of a critical table: the table itself, one of its indexes, or where its long values are. */
interface Relation {
  readonly relation: string;
  readonly kind: 'index' | 'table' | 'toast';
  readonly accessMethod: string;
  readonly bytes: number;
}

/** What reading a part of a relation came to. */
type Outcome = { readonly warmedBytes: number } | { readonly reason: string };

const PAGE_BYTES = 8192;
/** One piece of work for one session: a volume that is loaded lazily gives some megabytes a second to each. */
const PIECE_PAGES = 2048;
/** Of a scan, which cannot be cut into pieces. */
const LEAST_SCAN_MILLIS = 1000;

const TIME_IS_OVER = 'the time was over';

/**
 * Reads all pages of the critical tables and of their indexes, the indexes first, until the time is over. A volume that was made from a
 * snapshot fetches each page when it is first asked for (RDS User Guide, "Restoring from a DB snapshot"): better now than for a trader.
 * What cannot be read is part of the answer.
 * @param deadlineMillis since 1970.
 * @throws {DatabaseUnreachable}
 */
export async function warmUp(
  pool: SessionPool,
  platform: PlatformData,
  clock: Clock,
  deadlineMillis: number,
): Promise<WarmUp> {
  const startedAtMillis = clock.now().getTime();
  const leftMillis = () => deadlineMillis - clock.now().getTime();
  const { relations, by } = await pool.run(async (session) => ({
    relations: await hotRelations(session, platform),
    by: (await canPrewarm(session)) ? ('pg_prewarm' as const) : ('scans' as const),
  }));
  const read = by === 'pg_prewarm' ? prewarm : scan;
  const outcomes = await Promise.all(
    relations.map(async (relation) => summed(relation, await read(pool, relation, leftMillis))),
  );
  return {
    by,
    bytes: relations.reduce((sum, { bytes }) => sum + bytes, 0),
    warmedBytes: outcomes.reduce((sum, { warmedBytes }) => sum + warmedBytes, 0),
    seconds: (clock.now().getTime() - startedAtMillis) / 1000,
    cold: outcomes.flatMap(({ cold }) => cold),
  };
}

/** What came of a warm-up, in a sentence. */
export function describeWarmUp({ by, bytes, warmedBytes, seconds, cold }: WarmUp): string {
  const amount = `${mebibytes(warmedBytes)} of ${mebibytes(bytes)} MiB of the critical tables and their indexes were read in ${seconds.toFixed(1)} s by ${by}`;
  if (cold.length === 0) return amount;
  const named = cold.slice(0, 5).map(({ relation, reason }) => `${relation} (${reason})`);
  const more = cold.length > named.length ? ` and ${cold.length - named.length} more` : '';
  return `${amount}. The cut-over goes on with what is warm; still cold: ${named.join(', ')}${more}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

async function hotRelations(session: DatabaseSession, platform: PlatformData): Promise<Relation[]> {
  const rows = await session.query<Omit<Relation, 'bytes'> & { bytes: string }>(
    `SELECT file.oid::regclass::text AS relation, kind, coalesce(amname, '') AS "accessMethod", pg_relation_size(file.oid)::text AS bytes
     FROM unnest($1::text[]) WITH ORDINALITY AS hot (name, place)
     JOIN pg_class AS base ON base.oid = to_regclass(name)
     CROSS JOIN LATERAL (
       SELECT base.oid AS oid, 'table' AS kind, 2 AS turn
       UNION ALL SELECT base.reltoastrelid, 'toast', 3 WHERE base.reltoastrelid <> 0
       UNION ALL SELECT indexrelid, 'index', 1 FROM pg_index WHERE indrelid IN (base.oid, base.reltoastrelid)) AS part
     JOIN pg_class AS file ON file.oid = part.oid
     LEFT JOIN pg_am ON pg_am.oid = file.relam
     WHERE file.relkind IN ('r', 'i', 't') ORDER BY turn, place, 1`,
    [platform.criticalTables.map(({ schema, name }) => quoted(schema, name))],
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

async function canPrewarm(session: DatabaseSession): Promise<boolean> {
  const [row] = await session.query<{ can: boolean | null }>(
    `SELECT has_function_privilege(to_regprocedure('pg_prewarm(regclass,text,text,bigint,bigint)'), 'EXECUTE') AS can`,
  );
  return row?.can === true;
}

type Read = (pool: SessionPool, relation: Relation, leftMillis: () => number) => Promise<Outcome[]>;

/** `read` asks the volume for the pages and leaves the server's own memory to the clients. */
const prewarm: Read = (pool, { relation, bytes }, leftMillis) => {
  const pages = bytes / PAGE_BYTES;
  const starts = Array.from({ length: Math.ceil(pages / PIECE_PAGES) }, (_, piece) => piece * PIECE_PAGES);
  return Promise.all(
    starts.map((start) =>
      inTime(pool, leftMillis, async (session) => {
        const [row] = await session.query<{ pages: string }>(
          `SELECT pg_prewarm($1::regclass, 'read', 'main', $2::bigint, $3::bigint)::text AS pages`,
          [relation, start, Math.min(start + PIECE_PAGES, pages) - 1],
        );
        return Number(row?.pages) * PAGE_BYTES;
      }),
    ),
  );
};

/** Without the extension: a sequential scan reads a table, amcheck a B-tree; nothing reads the rest. */
const scan: Read = async (pool, { relation, kind, accessMethod, bytes }, leftMillis) => {
  if (bytes === 0) return [];
  const sql =
    kind === 'table'
      ? `SELECT count(*) FROM ONLY ${relation}`
      : accessMethod === 'btree'
        ? `SELECT bt_index_check('${relation.replaceAll("'", "''")}'::regclass, false)`
        : undefined;
  if (sql === undefined) return [{ reason: 'only pg_prewarm could read it' }];
  const outcome = await inTime(pool, leftMillis, async (session) => {
    await session.query(
      `SELECT set_config('statement_timeout', $1, false), set_config('enable_indexscan', 'off', false),
      set_config('enable_indexonlyscan', 'off', false), set_config('enable_bitmapscan', 'off', false)`,
      [String(Math.max(LEAST_SCAN_MILLIS, Math.round(leftMillis())))],
    );
    await session.query(sql);
    return bytes;
  });
  return [outcome];
};

async function inTime(
  pool: SessionPool,
  leftMillis: () => number,
  read: (session: DatabaseSession) => Promise<number>,
): Promise<Outcome> {
  return pool.run(async (session) => {
    if (leftMillis() <= 0) return { reason: TIME_IS_OVER };
    try {
      return { warmedBytes: await read(session) };
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error;
      return { reason: `${error.message} (${error.sqlState})` };
    }
  });
}

function summed({ relation, bytes }: Relation, outcomes: readonly Outcome[]) {
  const warmedBytes = outcomes.reduce(
    (sum, outcome) => sum + ('warmedBytes' in outcome ? outcome.warmedBytes : 0),
    0,
  );
  const [reason] = outcomes.flatMap((outcome) => ('reason' in outcome ? [outcome.reason] : []));
  const left = Math.max(0, bytes - warmedBytes);
  return { warmedBytes, cold: reason === undefined ? [] : [{ relation, bytes: left, reason }] };
}
