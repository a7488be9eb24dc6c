import * as z from 'zod';
import type { Baseline } from './baseline.ts';
import { type Traces, TransactionTrace, UNUSUAL_ROWS } from './culprit.ts';
import { EvidenceUnavailable } from './evidence-unavailable.ts';
import { readRelationFiles } from './landmarks.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { asTimestamp, tableName } from './sql-text.ts';

/** A transaction that was under way when the baseline was made may have written this much before. */
const LOOK_BACK_BYTES = 32 * 1024 ** 2;
/** More is not read: a server in trouble is not to be kept busy for longer than some seconds. */
const MOST_BYTES = 512 * 1024 ** 2;
const MOST_TRACES = 1000;

const Answer = z.object({
  transactions: z.array(TransactionTrace),
  typicalRows: z.record(z.string(), z.number()),
});

/**
 * What the write-ahead log says of the critical tables since a baseline: every transaction that was committed and deleted rows,
 * wrote many, or took away the file of a table (`pg_walinspect`, PostgreSQL 16 and later).
 * @param from the last sound baseline.
 * @throws {EvidenceUnavailable} saying why the log cannot be read.
 * @throws {StatementFailed}
 */
export async function readWalEvidence(
  session: DatabaseSession,
  platform: PlatformData,
  from: Pick<Baseline, 'landmarks'>,
): Promise<Traces> {
  const { landmarks } = from;
  if (landmarks === undefined)
    throw new EvidenceUnavailable('the last sound baseline does not say where the log stood');
  await requireInspection(session);
  const range = await readableRange(session, landmarks.walPosition);
  const filesNow = await readRelationFiles(session, platform);
  const files = [...Object.entries(landmarks.relationFiles), ...Object.entries(filesNow)];
  const [row] = await session.query<{ answer: unknown }>(TRACES_SQL, [
    range.start,
    range.end,
    files.map(([, file]) => file),
    files.map(([table]) => table),
    platform.criticalTables.filter(({ kind }) => kind === 'append-only').map(tableName),
    Object.keys(filesNow),
  ]);
  return { source: 'wal', ...Answer.parse(row?.answer) };
}

async function requireInspection(session: DatabaseSession): Promise<void> {
  const [row] = await session.query<{ installed: boolean; allowed: boolean | null }>(
    `SELECT bool_and(signature IS NOT NULL) AS installed,
            bool_and(has_function_privilege(signature, 'EXECUTE')) AS allowed
     FROM unnest(ARRAY[to_regprocedure('pg_get_wal_block_info(pg_lsn,pg_lsn,boolean)'),
                       to_regprocedure('pg_get_wal_records_info(pg_lsn,pg_lsn)')]) AS signature`,
  );
  if (row?.installed !== true)
    throw new EvidenceUnavailable('the extension pg_walinspect is not installed, or older than 1.1');
  if (row.allowed !== true)
    throw new EvidenceUnavailable('the recovery user may not execute the functions of pg_walinspect');
}

/**
 * From a little before the baseline to now, as far as the server still has the log and as much of it as may be read. Where a file of
 * the log begins there is always a record; within one that was switched before it was full there may be none.
 */
async function readableRange(
  session: DatabaseSession,
  walPosition: string,
): Promise<{ readonly start: string; readonly end: string }> {
  const [row] = await session.query<{ start: string; end: string; retained: boolean }>(
    `WITH segment AS (
       SELECT setting::numeric AS bytes,
              $1::pg_lsn - '0/0'::pg_lsn AS position,
              (SELECT min(part.segment_number)
               FROM pg_ls_waldir() AS file, pg_split_walfile_name(file.name) AS part
               WHERE file.name ~ '^[0-9A-F]{24}$'
                 AND part.timeline_id = (SELECT timeline_id
                                         FROM pg_split_walfile_name(pg_walfile_name(pg_current_wal_insert_lsn())))
              ) AS oldest
       FROM pg_settings WHERE name = 'wal_segment_size'
     ), range AS (
       SELECT '0/0'::pg_lsn + bytes * greatest(oldest, trunc(greatest(position - $2::numeric, 0) / bytes)) AS start,
              position >= oldest * bytes AS retained
       FROM segment
     )
     SELECT start::text, least(pg_current_wal_flush_lsn(), start + $3::numeric)::text AS "end", retained
     FROM range`,
    [walPosition, LOOK_BACK_BYTES, MOST_BYTES],
  );
  if (row?.retained !== true)
    throw new EvidenceUnavailable(`the server does not keep its log back to ${walPosition} any more`);
  return row;
}

/**
 * Every record of a heap names the file of its table; the record of a commit names its subtransactions and the files that it
 * takes away. `$1`, `$2` the range; `$3`, `$4` files and their tables; `$5` tables whose rows must stay; `$6` tables that exist.
 */
const TRACES_SQL = `
WITH known AS (
  SELECT DISTINCT file::oid AS file, name FROM unnest($3::text[], $4::text[]) AS pair (file, name)
), ended AS MATERIALIZED (
  SELECT xid, split_part(description, ';', 1)::timestamptz AS at,
         substring(description FROM 'subxacts:((?: \\d+)+)') AS parts,
         substring(description FROM 'rels:((?: [^ ;]+)+)') AS files
  FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)
  WHERE resource_manager = 'Transaction' AND record_type = 'COMMIT'
), member AS (
  SELECT xid AS part, xid FROM ended
  UNION
  SELECT part::xid, xid FROM ended, regexp_split_to_table(trim(parts), ' ') AS part WHERE parts IS NOT NULL
), written AS (
  SELECT member.xid, known.name,
         sum(rows) FILTER (WHERE record_type LIKE 'DELETE%') AS deleted,
         sum(rows) FILTER (WHERE record_type LIKE 'UPDATE%' OR record_type LIKE 'HOT_UPDATE%') AS updated,
         sum(rows) FILTER (WHERE record_type LIKE 'INSERT%' OR record_type LIKE 'MULTI_INSERT%') AS inserted
  FROM (
    SELECT xid, relfilenode, record_type, CASE
             WHEN record_type LIKE 'MULTI_INSERT%' THEN substring(description FROM 'ntuples: (\\d+)')::bigint ELSE 1
           END AS rows
    FROM pg_get_wal_block_info($1::pg_lsn, $2::pg_lsn, false)
    WHERE resource_manager IN ('Heap', 'Heap2') AND block_id = 0 AND relforknumber = 0
      AND reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relfilenode = ANY ($3::oid[])
      AND (record_type LIKE '%INSERT%' OR record_type LIKE '%UPDATE%' OR record_type LIKE 'DELETE%')
  ) AS record
  JOIN known ON known.file = relfilenode
  JOIN member ON member.part = record.xid
  GROUP BY member.xid, known.name
), removed AS (
  SELECT DISTINCT xid, known.name
  FROM ended, regexp_split_to_table(trim(files), ' ') AS path
  JOIN known ON known.file = substring(path FROM '(\\d+)$')::oid
  WHERE files IS NOT NULL
), touch AS (
  SELECT xid, name, coalesce(deleted, 0) AS deleted, coalesce(updated, 0) AS updated, coalesce(inserted, 0) AS inserted,
         CASE WHEN removed.xid IS NULL THEN 'kept' WHEN name = ANY ($6::text[]) THEN 'replaced' ELSE 'dropped' END AS storage
  FROM written FULL JOIN removed USING (xid, name)
), unusual AS (
  SELECT xid FROM touch
  GROUP BY xid
  HAVING bool_or(storage <> 'kept' OR (deleted > 0 AND name = ANY ($5::text[])))
      OR max(greatest(deleted, updated, inserted)) >= ${UNUSUAL_ROWS}
), listed AS (
  SELECT ended.xid, ended.at FROM unusual JOIN ended USING (xid) ORDER BY at LIMIT ${MOST_TRACES}
)
SELECT jsonb_build_object(
  'transactions', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
             'xid', listed.xid::text, 'committedAt', ${asTimestamp('listed.at')},
             'tables', (SELECT jsonb_agg(jsonb_build_object('table', name, 'deleted', deleted, 'updated', updated,
                                                            'inserted', inserted, 'storage', storage) ORDER BY name)
                        FROM touch WHERE touch.xid = listed.xid)) ORDER BY listed.at)
    FROM listed), '[]'),
  'typicalRows', coalesce((
    SELECT jsonb_object_agg(name, rows) FROM (
      SELECT name, percentile_disc(0.5) WITHIN GROUP (ORDER BY greatest(deleted, updated, inserted)) AS rows
      FROM touch WHERE storage = 'kept' GROUP BY name
    ) AS usual), '{}')
) AS answer`;
