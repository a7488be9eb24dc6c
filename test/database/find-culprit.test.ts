import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as assessIntegrity } from '../../functions/assessment/assess-integrity.ts';
import { handler as findCulprit } from '../../functions/database/find-culprit.ts';
import { handler as recordBaseline } from '../../functions/database/record-baseline.ts';
import type { CulpritSearch } from '../../shared/database/culprit.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailFaults } from '../../shared/incident/event-detail.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { floorToSecond, lastSecondBefore } from '../../shared/lambda/timestamp.ts';
import { invoke, type RecoveryDatabase, STEP, startRecoveryDatabase } from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
let incidents = 0;
let incidentId: string;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  process.env.RESTORE_POINT_WINDOW_SECONDS = '300';
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});
beforeEach(() => {
  incidents += 1;
  incidentId = `INC-20260131-${String(incidents).padStart(8, '0')}`;
});

const ORDER = `INSERT INTO trades (user_id, position_id, symbol, side, quantity, price) VALUES (1, 1, 'X', 'BUY', 0, 1)`;

/** One order, the accident, two orders; whatever the accident took is brought back afterwards. */
async function afterAccident(damage: string, repair: string): Promise<CulpritSearch> {
  await invoke(recordBaseline, {});
  await database.sql(ORDER);
  await database.sql(damage);
  await database.sql(ORDER);
  await database.sql(ORDER);
  try {
    return await search();
  } finally {
    await database.sql(repair);
  }
}

async function search(restorePoint: string | null = null): Promise<CulpritSearch> {
  const incident = { ...STEP, incidentId };
  await invoke(assessIntegrity, { ...incident, instance: await database.instance() });
  return invoke(findCulprit, {
    ...incident,
    executionStartedAt: new Date().toISOString(),
    restorePoint,
  });
}

async function now(): Promise<string> {
  const [row] = await database.sql<{ at: string }>(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
  );
  return row?.at ?? '';
}

/** Commit of the newest transaction that did something to a table, as the server stamps it. */
async function commitOf(xid: string | undefined): Promise<string | undefined> {
  const [row] = await database.sql<{ at: string }>(
    `SELECT to_char(pg_xact_commit_timestamp('${xid}'::xid) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
  );
  return row?.at;
}

const KEEP = 'CREATE TABLE kept AS SELECT * FROM trades';
const BRING_BACK = 'INSERT INTO trades SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept';

describe('in the write-ahead log', () => {
  it('who deleted trades is found, with the microsecond of the commit, and what going back would lose', async () => {
    await database.sql(KEEP);
    // The point is the whole second before the accident: the rows of the seed must have been committed before that second.
    await database.sql('SELECT pg_sleep(1.1)');
    const { culprit, proposedPoint, preview } = await afterAccident(
      'BEGIN; SAVEPOINT migration; DELETE FROM trades WHERE id % 3 = 0 AND id <= 300; RELEASE migration; COMMIT',
      BRING_BACK,
    );
    expect(culprit).toMatchObject({
      evidence: 'wal',
      confidence: 'certain',
      tables: [{ table: 'public.trades', deleted: 100, updated: 0, inserted: 0, storage: 'kept' }],
    });
    expect(culprit?.committedAt).toBe(await commitOf(culprit?.xid));
    expect(proposedPoint).toBe(lastSecondBefore(culprit?.committedAt ?? ''));
    // Orders of the same second as the accident, and those after it.
    expect(preview?.restoreTime).toBe(proposedPoint);
    expect(preview?.transactions).toBeGreaterThanOrEqual(2);
    expect(preview?.rows['public.trades']).toBe(preview?.transactions);
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(incidentId);
    expect(events.map(({ type }) => type)).toContain('culprit.searched');
    expect(events.flatMap(detailFaults)).toEqual([]);
  });

  it('other points are looked at as well, since people are asked, each with what it would lose', async () => {
    await database.sql(KEEP);
    await database.sql('SELECT pg_sleep(1.1)');
    await invoke(recordBaseline, {});
    await database.sql('SELECT pg_sleep(1.1)');
    await database.sql(ORDER);
    await database.sql('SELECT pg_sleep(1.1)');
    await database.sql('DELETE FROM trades WHERE id % 3 = 0 AND id <= 300');
    const { proposedPoint, preview, alternatives = [] } = await search();
    await database.sql(BRING_BACK);
    expect(alternatives).toHaveLength(1);
    expect(alternatives[0]?.reason).toContain('baseline');
    expect((alternatives[0]?.restoreTime ?? '') < (proposedPoint ?? '')).toBe(true);
    expect(preview?.transactions).toBe(0);
    expect(alternatives[0]?.preview).toMatchObject({ transactions: 1, rows: { 'public.trades': 1 } });
  });

  it('who emptied a table is found', async () => {
    await database.sql(KEEP);
    const { culprit } = await afterAccident('TRUNCATE trades', BRING_BACK);
    expect(culprit).toMatchObject({
      evidence: 'wal',
      tables: [expect.objectContaining({ table: 'public.trades', storage: 'replaced' })],
    });
    expect(culprit?.reason).toContain('emptied or rewrote public.trades');
  });

  it('who dropped a table is found', async () => {
    await database.sql(
      'CREATE TABLE kept (LIKE user_sessions INCLUDING ALL); INSERT INTO kept SELECT * FROM user_sessions',
    );
    const { culprit } = await afterAccident(
      'DROP TABLE user_sessions',
      'ALTER TABLE kept RENAME TO user_sessions',
    );
    expect(culprit).toMatchObject({
      tables: [expect.objectContaining({ table: 'public.user_sessions', storage: 'dropped' })],
    });
  });

  it('who broke the balances by one large update is found, and what was undone is not', async () => {
    const { culprit, suspects } = await afterAccident(
      `BEGIN; DELETE FROM trades; ROLLBACK; UPDATE user_accounts SET balance = balance - 5 WHERE id <= 20`,
      'UPDATE user_accounts SET balance = balance + 5 WHERE id <= 20',
    );
    expect(culprit).toMatchObject({
      confidence: 'likely',
      tables: [{ table: 'public.user_accounts', deleted: 0, updated: 20, inserted: 0, storage: 'kept' }],
    });
    expect(suspects).toEqual([]);
  });

  it('nobody is found when no transaction did what is wrong, and it is said why', async () => {
    const { culprit, proposedPoint, reason } = await afterAccident(
      'UPDATE user_accounts SET balance = balance - 5 WHERE id = 1',
      'UPDATE user_accounts SET balance = balance + 5 WHERE id = 1',
    );
    expect(culprit).toBeNull();
    expect(proposedPoint).toBeNull();
    expect(reason).toMatch(
      /write-ahead log: no transaction since .* explains the damage; commit timestamps: no/,
    );
  });
});

describe('for a restore point that an operator gives', () => {
  it('who did something unusual since is listed, although no rule noticed, and the loss is counted from there', async () => {
    await invoke(recordBaseline, {});
    const point = await now();
    await database.sql('SELECT pg_sleep(1.1)');
    await database.sql('UPDATE trades SET price = price * 10 WHERE id <= 200');
    await database.sql(ORDER);
    await invoke(recordBaseline, {});
    const found = await search(point);
    expect(found).toMatchObject({ culprit: null, proposedPoint: null });
    expect(found.suspects.flatMap(({ tables }) => tables)).toContainEqual({
      table: 'public.trades',
      deleted: 0,
      updated: 200,
      inserted: 0,
      storage: 'kept',
    });
    expect(found.reason).toContain('no rule is broken');
    expect(found.preview).toMatchObject({ restoreTime: floorToSecond(point) });
    expect(found.preview?.rows['public.trades']).toBeGreaterThanOrEqual(201);
  });

  it('the log is searched although its files were switched before they were full', async () => {
    for (let switched = 0; switched < 3; switched += 1) {
      await database.sql(`${ORDER}; SELECT pg_switch_wal()`);
    }
    await invoke(recordBaseline, {});
    expect((await search(await now())).reason).toContain('write-ahead log: no rule is broken');
  });
});

it('one execution tells of the search for each point that people want, and of a repeated search once', async () => {
  const point = await now();
  for (const restorePoint of [null, point, point]) await search(restorePoint);
  const events = await dynamodbTimeline(database.timelineTable, systemClock).read(incidentId);
  const searched = events.filter(({ type }) => type === 'culprit.searched');
  expect(searched.map(({ detail }) => detail.madeFor)).toEqual([null, point]);
});

describe('without the write-ahead log', () => {
  beforeAll(async () => {
    await database.sql(
      'REVOKE EXECUTE ON FUNCTION pg_get_wal_block_info(pg_lsn, pg_lsn, boolean) FROM testudo_recovery',
    );
  });

  it('commit timestamps tell who emptied a table', async () => {
    await database.sql(KEEP);
    const { culprit, suspects, reason } = await afterAccident('TRUNCATE trades', BRING_BACK);
    expect(culprit).toMatchObject({ evidence: 'commit-timestamps' });
    expect(culprit?.committedAt).toBe(await commitOf(culprit?.xid));
    expect(suspects).toEqual([]);
    expect(reason).toContain('emptied or rewrote public.trades');
  });

  it('commit timestamps tell who updated many rows', async () => {
    const { culprit } = await afterAccident(
      'UPDATE user_accounts SET balance = balance - 5 WHERE id <= 20',
      'UPDATE user_accounts SET balance = balance + 5 WHERE id <= 20',
    );
    expect(culprit).toMatchObject({
      evidence: 'commit-timestamps',
      confidence: 'likely',
      tables: [expect.objectContaining({ table: 'public.user_accounts', updated: 20 })],
    });
  });

  it('a deletion leaves no trace, and it is said what was missing', async () => {
    await database.sql(KEEP);
    const { culprit, reason } = await afterAccident('DELETE FROM trades WHERE id <= 100', BRING_BACK);
    expect(culprit).toBeNull();
    expect(reason).toContain(
      'write-ahead log: the recovery user may not execute the functions of pg_walinspect',
    );
  });
});
