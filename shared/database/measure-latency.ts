import type { BusySession } from './busy-session.ts';
import { listBusySessions } from './busy-sessions.ts';
import { StatementFailed } from './errors.ts';
import { type LatencyMeasurement, type LatencyProbe, median } from './latency.ts';
import { findStandingChains } from './lock-chains.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import {
  type DatabaseAccessEnv,
  type DatabaseEndpoint,
  type DatabaseSession,
  withDatabase,
} from './postgres.ts';
import { lookSeveralTimes } from './several-looks.ts';
import { quoted, tableName } from './sql-text.ts';

/** Each from a fresh connection: a client that comes now, not one that is warm. */
const SAMPLES = 3;
/** SQLSTATE: the statement was cancelled, here by its own timeout. */
const CANCELLED = '57014';

/** One thing that is tried on every fresh connection. */
interface Probe {
  readonly name: string;
  readonly required: boolean;
  run(session: DatabaseSession): Promise<number>;
}

/** What was measured of a probe so far. */
interface Samples {
  readonly millis: number[];
  problem: string | null;
}

/**
 * Measures what a client waits for: signing in and having `SELECT 1` answered; one row of each critical table by its index; the lock
 * that a writer takes on it, given back at once; and the probes that the platform declares. Nothing is written.
 * @param timeoutMillis of each statement; one that takes longer counts as this long, and is not tried again.
 * @throws {DatabaseUnreachable}
 */
export async function measureLatency(
  endpoint: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  platform: PlatformData,
  timeoutMillis: number,
): Promise<LatencyMeasurement> {
  const connection: Samples = { millis: [], problem: null };
  let samples: ReadonlyMap<Probe, Samples> | undefined;
  let looks: BusySession[][] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    await withDatabase(
      endpoint,
      access,
      async (session) => {
        connection.millis.push(session.connectMillis + (await timed(() => session.query('SELECT 1'))));
        samples ??= new Map(
          (await planProbes(session, platform)).map((probe) => [probe, { millis: [], problem: null }]),
        );
        for (const [probe, taken] of samples)
          if (taken.problem === null) await take(probe, taken, session, timeoutMillis);
        if (sample === SAMPLES - 1) looks = await lookSeveralTimes(session, listBusySessions);
      },
      { statementTimeoutMillis: timeoutMillis },
    );
  }
  const others = looks.map((sessions) => sessions.filter(({ kind }) => kind !== 'recovery'));
  const waiting = others.map((sessions) => sessions.filter(({ blockedBy }) => blockedBy.length > 0));
  return {
    probes: [
      summarize('connection', true, connection),
      ...[...(samples ?? [])].map(([{ name, required }, taken]) => summarize(name, required, taken)),
    ],
    waitingSessions: Math.max(0, ...waiting.map(({ length }) => length)),
    longestWaitSeconds: Math.max(0, ...waiting.flat().map(({ waitSeconds }) => waitSeconds)),
    longestBlockingSeconds: Math.max(
      0,
      ...findStandingChains(others).map(({ root }) => root.transactionSeconds),
    ),
  };
}

async function take(
  probe: Probe,
  taken: Samples,
  session: DatabaseSession,
  timeoutMillis: number,
): Promise<void> {
  try {
    taken.millis.push(await probe.run(session));
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    if (error.sqlState === CANCELLED) {
      taken.millis.splice(0, taken.millis.length, timeoutMillis);
      taken.problem = `no answer within ${timeoutMillis} ms`;
    } else {
      taken.millis.length = 0;
      taken.problem = error.message;
    }
  }
}

async function planProbes(session: DatabaseSession, platform: PlatformData): Promise<Probe[]> {
  const indexes = await session.query<{ table: string; columns: string[] }>(
    `SELECT DISTINCT ON (class.oid) space.nspname || '.' || class.relname AS "table",
            (SELECT array_agg(attribute.attname::text ORDER BY key.position)
             FROM unnest(index.indkey::int[]) WITH ORDINALITY AS key (number, position)
             JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = key.number
             WHERE key.position <= index.indnkeyatts) AS columns
     FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indrelid
     JOIN pg_namespace AS space ON space.oid = class.relnamespace
     JOIN pg_class AS own ON own.oid = index.indexrelid JOIN pg_am ON pg_am.oid = own.relam
     WHERE space.nspname || '.' || class.relname = ANY ($1) AND pg_am.amname = 'btree' AND index.indisvalid
       AND index.indpred IS NULL AND index.indexprs IS NULL
     ORDER BY class.oid, index.indisprimary DESC, index.indisunique DESC, index.indexrelid`,
    [platform.criticalTables.map(tableName)],
  );
  const columnsOf = new Map(indexes.map(({ table, columns }) => [table, columns]));
  return [
    ...platform.criticalTables.map((table) => readProbe(table, columnsOf.get(tableName(table)) ?? [])),
    ...platform.criticalTables.map(lockProbe),
    ...platform.latencyProbes.map(({ name, sql }) => ({
      name,
      required: true,
      run: (session: DatabaseSession) => timed(() => session.query(sql)),
    })),
  ];
}

/** The last row by the primary key, or by any other index of the table; without one, any row. */
function readProbe(table: CriticalTable, columns: readonly string[]): Probe {
  const order = columns.map((column) => `${quoted(column)} DESC`).join(', ');
  const sql = `SELECT * FROM ${quoted(table.schema, table.name)}${order === '' ? '' : ` ORDER BY ${order}`} LIMIT 1`;
  return {
    name: `read ${tableName(table)}`,
    required: true,
    run: (session) => timed(() => session.query(sql)),
  };
}

/** The lock of whoever inserts or updates. Taken and given back: it conflicts with nobody who only reads or writes. */
function lockProbe(table: CriticalTable): Probe {
  return {
    name: `lock ${tableName(table)}`,
    required: false,
    async run(session) {
      await session.query('BEGIN');
      try {
        return await timed(() =>
          session.query(`LOCK TABLE ${quoted(table.schema, table.name)} IN ROW EXCLUSIVE MODE`),
        );
      } finally {
        await session.query('ROLLBACK');
      }
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMillis = performance.now();
  await work();
  return performance.now() - startedAtMillis;
}

function summarize(name: string, required: boolean, { millis, problem }: Samples): LatencyProbe {
  const rounded = (value: number | undefined) => (value === undefined ? null : Math.round(value * 10) / 10);
  return {
    name,
    required,
    medianMillis: rounded(median(millis)),
    worstMillis: rounded(millis.length === 0 ? undefined : Math.max(...millis)),
    samples: millis.length,
    problem,
  };
}
