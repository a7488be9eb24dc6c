import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as applySalvage } from '../../functions/database/apply-salvage.ts';
import { handler as planSalvage } from '../../functions/database/plan-salvage.ts';
import { handler as startRestore } from '../../functions/database/start-restore.ts';
import type { CulpritSearch } from '../../shared/database/culprit.ts';
import { type DatabaseInstance, summarizeDatabase } from '../../shared/database/database-instance.ts';
import { rdsInstances } from '../../shared/database/rds-instance.ts';
import { isReady } from '../../shared/database/readiness.ts';
import type { SalvageOffer } from '../../shared/database/salvage-report.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { detailFaults } from '../../shared/incident/event-detail.ts';
import { systemClock } from '../../shared/lambda/clock.ts';
import { dynamodb } from '../../shared/lambda/dynamodb.ts';
import { TRADING_STATE_KEY } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import {
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

const BUCKET = 'reports';
let database: RecoveryDatabase;
let s3: S3Client;
let copy: DatabaseInstance;
let restoreTime: string;
let search: CulpritSearch;

const open = (trade: number, position: number, user: number) =>
  database.sql(
    `SELECT open_position(${trade}, ${position}, ${user}, 'kraken', 'BTC/USD', 'LONG', 1.5, 100, 0.1)`,
  );

const touch = (table: string, rows: { deleted?: number; updated?: number }) =>
  ({ table, deleted: 0, updated: 0, inserted: 0, storage: 'kept', ...rows }) as const;

/** After the point: users 1 to 3 trade, the accident takes a trade of user 3 and rows from before, users 4 and 5 trade. */
async function accident(): Promise<void> {
  const [now] = await database.sql<{ point: Date }>(
    "SELECT date_trunc('second', clock_timestamp()) AS point",
  );
  restoreTime = (now?.point ?? new Date()).toISOString().replace('.000Z', 'Z');
  await open(5001, 5501, 1);
  await database.sql(`SELECT trade_position(5002, 5501, 0.25, 101.123456789012345678, 0.1)`);
  await open(5004, 5502, 2);
  await open(5005, 5503, 3);
  await database.sql(`SELECT trade_position(5007, 5503, 2, 99, 0.1)`);
  const [deed] = await database.sql<{ xid: string }>(
    `WITH gone AS (DELETE FROM trades WHERE id = 5005 OR id BETWEEN 10 AND 20 RETURNING 1)
     SELECT pg_current_xact_id()::text AS xid, count(*) FROM gone`,
  );
  search = {
    culprit: {
      xid: deed?.xid ?? '',
      committedAt: new Date().toISOString(),
      tables: [touch('public.trades', { deleted: 12 })],
      evidence: 'wal',
      confidence: 'certain',
      reason: 'deleted 12 rows',
    },
    suspects: [],
    reason: 'deleted 12 rows',
    proposedPoint: restoreTime,
    preview: null,
  };
  await open(5008, 5504, 4);
  await database.sql(`UPDATE user_accounts SET email = 'sure' WHERE id = 20`);
  await open(5010, 5505, 5);
}

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  database = await startRecoveryDatabase();
  s3 = new S3Client();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  Object.assign(process.env, {
    REPORTS_BUCKET: BUCKET,
    SALVAGE_ROW_LIMIT: '120',
    SALVAGE_TRANSACTION_ROW_LIMIT: '50',
  });
  await database.sql('SELECT pg_sleep(2.2)');
  await accident();
  await until('the point is restorable', async () => {
    const { latestRestorableTime } = await database.instance();
    return latestRestorableTime !== null && latestRestorableTime > restoreTime ? true : undefined;
  });
  const { identifier } = await invoke(startRestore, { ...STEP, sourceIdentifier: LIVE, restoreTime });
  copy = await until('the copy is ready', async () => {
    const found = await rdsInstances.find(identifier);
    return found !== undefined && isReady({ identifier, resourceId: null }, found)
      ? summarizeDatabase(found)
      : undefined;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  s3.destroy();
  await database.close();
});

const plan = async (known: CulpritSearch | null = search): Promise<SalvageOffer> =>
  invoke(planSalvage, {
    ...STEP,
    damaged: await database.instance(),
    live: copy,
    restoreTime,
    timelineId: 2,
    search: known,
  });
const apply = (offer: SalvageOffer) =>
  invoke(applySalvage, { ...STEP, live: copy, offer, approval: { approvedBy: ['alice'] } });
const onCopy = <Row extends object>(sql: string) => database.sql<Row>(sql, copy.identifier);
const tradesOnCopy = async () =>
  (await onCopy<{ id: string }>('SELECT id FROM trades WHERE id > 5000 ORDER BY id')).map(({ id }) =>
    Number(id),
  );
async function reviewed(offer: SalvageOffer): Promise<Record<string, unknown>[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: offer.reviewKey ?? '' }));
  const text = (await Body?.transformToString()) ?? '';
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('planning a salvage', () => {
  it('offers whole transactions and writes nothing', async () => {
    const offer = await plan();
    expect(offer).toMatchObject({ obstacle: null, offered: { transactions: 6 }, restoredRows: 11 });
    expect(offer.offeredByTable).toMatchObject({ 'public.trades': 5, 'public.positions': 4 });
    expect(await tradesOnCopy()).toEqual([]);
  });

  it('sends a user to review whose position the remaining trades do not explain', async () => {
    const offer = await plan();
    expect(offer.reviewReasons).toEqual({ 'breaks-rule': 4 });
    const lines = await reviewed(offer);
    const changed = lines.filter((line) => line.class === 'changed');
    expect(changed.map(({ table, key }) => [table, (key as { id: number }).id])).toEqual(
      expect.arrayContaining([
        ['public.trades', 5007],
        ['public.positions', 5503],
        ['public.user_accounts', 3],
      ]),
    );
    expect(changed.find(({ table }) => table === 'public.user_accounts')).toMatchObject({
      because: expect.stringContaining('balance-explained-by-trades'),
      restored: { id: 3 },
      damaged: { id: 3 },
      transaction: expect.any(Number),
    });
    expect(lines.filter((line) => line.class === 'restored')).toHaveLength(11);
  });

  it('offers no lone update while nobody knows who did the damage', async () => {
    const offer = await plan(null);
    const lines = await reviewed(offer);
    expect(lines).toContainEqual(
      expect.objectContaining({
        table: 'public.user_accounts',
        key: { id: 20 },
        reason: 'update-of-unknown-origin',
      }),
    );
  });

  it('holds what was changed after the culprit in its tables for damaged', async () => {
    const writer = {
      xid: '3',
      committedAt: restoreTime,
      tables: [touch('public.user_accounts', { updated: 1 })],
    };
    const offer = await plan({ ...search, suspects: [writer] });
    expect(offer.offeredByTable['public.trades']).toBeUndefined();
  });

  it('waits for the name to lead to the copy', async () => {
    const source = await database.instance();
    await expect(
      invoke(planSalvage, { ...STEP, damaged: source, live: source, restoreTime, timelineId: 2, search }),
    ).rejects.toMatchObject({ name: 'DatabaseUnreachable' });
  });
});

describe('applying a salvage', () => {
  let offer: SalvageOffer;
  beforeAll(async () => {
    offer = await plan();
  });

  it('refuses a plan that is not the approved one', async () => {
    const forged = { ...offer, plan: { key: offer.plan?.key ?? '', sha256: '0'.repeat(64) } };
    await expect(apply(forged)).rejects.toMatchObject({ name: 'SalvageRefused' });
  });

  it('writes nothing when one row is not as it was', async () => {
    await onCopy('UPDATE user_accounts SET deposited = deposited + 1, balance = balance + 1 WHERE id = 4');
    await expect(apply(offer)).rejects.toMatchObject({
      name: 'SalvageConflict',
      message: expect.stringContaining('{"id": 4}'),
    });
    expect(await tradesOnCopy()).toEqual([]);
    await onCopy('UPDATE user_accounts SET deposited = deposited - 1, balance = balance - 1 WHERE id = 4');
  });

  it('writes nothing when a rule would break', async () => {
    await onCopy('UPDATE user_accounts SET balance = balance - 1 WHERE id = 40');
    await expect(apply(offer)).rejects.toMatchObject({
      name: 'SalvageBreaksRules',
      message: expect.stringContaining('balance-explained-by-trades'),
    });
    expect(await tradesOnCopy()).toEqual([]);
    await onCopy('UPDATE user_accounts SET balance = balance + 1 WHERE id = 40');
  });

  it('brings back what was offered, to the last digit, and nothing else', async () => {
    expect(await apply(offer)).toMatchObject({ foundRows: 0, salvaged: { transactions: 6 } });
    expect(await tradesOnCopy()).toEqual([5001, 5002, 5004, 5008, 5010]);
    const content = 'SELECT to_jsonb(t)::text AS row FROM trades AS t WHERE id = 5002';
    expect(await onCopy(content)).toEqual(await database.sql(content));
    expect(await onCopy('SELECT email FROM user_accounts WHERE id = 20')).toEqual([{ email: 'sure' }]);
  });

  it('changes nothing when it is repeated', async () => {
    const versions =
      'SELECT id, xmin::text FROM trades UNION ALL SELECT id, xmin::text FROM positions ORDER BY 1, 2';
    const before = await onCopy(versions);
    expect(await apply(offer)).toMatchObject({ foundRows: offer.offered.rows });
    expect(await onCopy(versions)).toEqual(before);
  });

  it('finds nothing more to offer afterwards', async () => {
    expect(await plan()).toMatchObject({ offered: { rows: 0 }, review: { rows: 4 } });
  });

  it('is refused once trading goes on', async () => {
    await dynamodb().send(
      new PutCommand({
        TableName: database.controlTable,
        Item: {
          ...TRADING_STATE_KEY,
          state: 'ACTIVE',
          epoch: 1,
          changedAt: '2026-01-31T04:00:00Z',
          changedBy: { kind: 'machine', id: 'ResumeTrading' },
          reason: 'proven',
          incidentId: null,
        },
      }),
    );
    await expect(apply(offer)).rejects.toMatchObject({
      name: 'SalvageRefused',
      message: expect.stringContaining('ACTIVE'),
    });
  });

  it('leaves a timeline that the projections can read', async () => {
    const events = await dynamodbTimeline(database.timelineTable, systemClock).read(STEP.incidentId);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['salvage.planned', 'salvage.applied']),
    );
    expect(events.flatMap(detailFaults)).toEqual([]);
  });
});

describe('nothing is offered, and why is said', () => {
  it.each([
    [
      'a table has other columns',
      'ALTER TABLE trades ADD COLUMN note text',
      'ALTER TABLE trades DROP COLUMN note',
      'other columns',
    ],
    [
      'a table is gone',
      'ALTER TABLE trades RENAME TO aside',
      'ALTER TABLE aside RENAME TO trades',
      'public.trades: is gone',
    ],
    [
      'there is too much',
      'UPDATE user_sessions SET last_seen_at = now(); UPDATE trades SET fee = fee + 1 WHERE id < 200',
      'SELECT 1',
      'salvage.rowLimit',
    ],
  ])('when %s', async (_what, sql, undo, obstacle) => {
    await database.sql(sql);
    const offer = await plan();
    await database.sql(undo);
    expect(offer).toMatchObject({ offered: { rows: 0 }, plan: null });
    expect(offer.obstacle).toContain(obstacle);
  });
});
