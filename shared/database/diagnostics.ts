import type { Reading } from './data-observation.ts';
import { guardedRead, inSnapshot } from './guarded-read.ts';
import type { DatabaseSession } from './postgres.ts';
import { asTimestamp } from './sql-text.ts';

/** What is collected, by name: one statement each, all of them cheap. */
const QUERIES: Readonly<Record<string, string>> = {
  server: `SELECT version(), current_database() AS database, pg_is_in_recovery() AS in_recovery,
             ${asTimestamp('pg_postmaster_start_time()')} AS started_at, ${asTimestamp('clock_timestamp()')} AS now`,
  activity: `SELECT pid, usename, datname, application_name, client_addr::text, backend_type, state, wait_event_type, wait_event,
             backend_start, xact_start, query_start, state_change, left(query, 1000) AS query
             FROM pg_stat_activity ORDER BY backend_start LIMIT 500`,
  locks: `SELECT waiting.pid, waiting.usename, pg_blocking_pids(waiting.pid) AS blocked_by, left(waiting.query, 1000) AS query
          FROM pg_stat_activity AS waiting WHERE cardinality(pg_blocking_pids(waiting.pid)) > 0 LIMIT 200`,
  settings: `SELECT name, setting, unit, source FROM pg_settings WHERE source NOT IN ('default', 'override') ORDER BY name`,
  sizes: `SELECT schemaname, relname, n_live_tup, n_dead_tup, n_tup_ins, n_tup_upd, n_tup_del, last_autovacuum, last_analyze,
          pg_total_relation_size(relid)::text AS bytes FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 200`,
  database: `SELECT * FROM pg_stat_database WHERE datname = current_database()`,
  replication: 'SELECT application_name, state, sync_state, replay_lag::text FROM pg_stat_replication',
  replicationSlots: 'SELECT slot_name, slot_type, active, wal_status FROM pg_replication_slots',
  archiver: 'SELECT * FROM pg_stat_archiver',
  checkpoint: 'SELECT checkpoint_time, timeline_id, redo_lsn::text FROM pg_control_checkpoint()',
  transactionAge: 'SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC',
};

/** SOP step 1.4: activity, locks, settings, sizes, replication and checkpoints; a query that fails leaves its reason in its place. */
export async function collectDiagnostics(
  session: DatabaseSession,
): Promise<Record<string, Reading<readonly object[]>>> {
  return inSnapshot(session, async () => {
    const collected: Record<string, Reading<readonly object[]>> = {};
    for (const [name, sql] of Object.entries(QUERIES)) {
      collected[name] = await guardedRead(session, () => session.query(sql));
    }
    return collected;
  });
}
