import type { Reading } from './data-observation.ts';
import { StatementFailed } from './errors.ts';
import { guardedRead, inSnapshot, LOCK_NOT_AVAILABLE, unreadFor } from './guarded-read.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import type { ProofWork } from './proof-work.ts';
import { quoted, tableName } from './sql-text.ts';

/**
 * How deep indexes are looked into. `order`: each level is in order, and every row of the table is in the index; this takes the lock of
 * a reader. `parents`: each page is what its parent says it is, too; this keeps writers out of the table, and is for copies alone.
 */
export type IndexDepth = 'order' | 'parents';

/** VACUUM holds a lock that keeps parent checks out; one that was started by itself gives way after a second (`deadlock_timeout`). */
const PARENT_LOCK_TIMEOUT = '30s';

/**
 * The layer `amcheck`: every page of every critical table is sound (`verify_heapam`), and so is each of its B-tree indexes
 * (`bt_index_check` or `bt_index_parent_check`, with `heapallindexed`). Without the extension the layer has failed, not passed.
 * @throws {DatabaseUnreachable}
 */
export async function checkStorage(
  work: ProofWork,
  platform: PlatformData,
  depth: IndexDepth,
): Promise<ProofCheck[]> {
  const checks = await Promise.all(
    platform.criticalTables.map(async (table) => {
      const indexes = await work.run('amcheck', (session) => indexesOf(session, table));
      // Indexes take longer than their table: who is first in the queue is done first.
      const [ofIndexes, ofTable] = await Promise.all([
        Promise.all(indexes.map((index) => checkIndex(work, tableName(table), index, depth))),
        work.run('amcheck', (session) => checkPages(session, table)),
      ]);
      return [ofTable, ...ofIndexes];
    }),
  );
  return checks.flat();
}

async function checkPages(session: DatabaseSession, table: CriticalTable): Promise<ProofCheck> {
  const reading = await readAlone(session, async () => {
    const [row] = await session.query<{ faults: string }>(
      'SELECT count(*)::text AS faults FROM verify_heapam($1::regclass)',
      [quoted(table.schema, table.name)],
    );
    return Number(row?.faults);
  });
  return faultCheck(tableName(table), reading);
}

async function checkIndex(
  work: ProofWork,
  table: string,
  index: string,
  depth: IndexDepth,
): Promise<ProofCheck> {
  return work.run('amcheck', async (session) => {
    const subject = `${table} index ${index}`;
    if (depth === 'order')
      return faultCheck(subject, await readAlone(session, () => inOrder(session, index)));
    const parents = await checkParents(session, index);
    if (parents !== 'locked') return faultCheck(`${subject} and its parents`, parents);
    return faultCheck(
      subject,
      await readAlone(session, () => inOrder(session, index)),
      ', its parents not looked at: a lock on the table was not given',
    );
  });
}

async function inOrder(session: DatabaseSession, index: string): Promise<number> {
  await session.query('SELECT bt_index_check($1::regclass, true)', [index]);
  return 0;
}

/** `locked`: somebody else holds the table, and nothing is known of its index. */
async function checkParents(session: DatabaseSession, index: string): Promise<Reading<number> | 'locked'> {
  try {
    await inSnapshot(session, async () => {
      await session.query(`SET LOCAL lock_timeout = '${PARENT_LOCK_TIMEOUT}'`);
      await session.query('SELECT bt_index_parent_check($1::regclass, true)', [index]);
    });
    return { state: 'read', value: 0 };
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    return error.sqlState === LOCK_NOT_AVAILABLE ? 'locked' : unreadFor(error);
  }
}

/** In a transaction of its own, so that no lock is held for longer than its check takes. */
function readAlone<Value>(session: DatabaseSession, read: () => Promise<Value>): Promise<Reading<Value>> {
  return inSnapshot(session, () => guardedRead(session, read));
}

function faultCheck(subject: string, reading: Reading<number>, restriction = ''): ProofCheck {
  return reading.state === 'read'
    ? proofCheck('amcheck', subject, reading.value === 0, '0 faults', `${reading.value} faults${restriction}`)
    : proofCheck('amcheck', subject, false, '0 faults', reading.reason);
}

/** Of one table; none for a table that is gone: that it is, the catalog says. The largest come first. */
async function indexesOf(session: DatabaseSession, { schema, name }: CriticalTable): Promise<string[]> {
  const rows = await session.query<{ index: string }>(
    `SELECT indexrelid::regclass::text AS index FROM pg_index
     JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
     WHERE indrelid = to_regclass($1) AND amname = 'btree' ORDER BY relpages DESC, 1`,
    [quoted(schema, name)],
  );
  return rows.map(({ index }) => index);
}
