import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as recordFingerprints } from '../../functions/database/record-fingerprints.ts';
import { dynamodbFingerprints } from '../../shared/database/dynamodb-fingerprints.ts';
import { checkFingerprints } from '../../shared/database/fingerprint-checks.ts';
import { PlatformData } from '../../shared/database/platform-data.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, type DatabaseSession, withDatabase } from '../../shared/database/postgres.ts';
import type { ProofCheck } from '../../shared/database/proof.ts';
import { withProofWork } from '../../shared/database/proof-work.ts';
import { takeFingerprints } from '../../shared/database/take-fingerprints.ts';
import { dynamodb } from '../../shared/lambda/dynamodb.ts';
import { invoke, LIVE, type RecoveryDatabase, startRecoveryDatabase } from '../fixtures/recovery-database.ts';

let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase({ max_prepared_transactions: '2' });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  // Three hours of trades that are closed for certain, and one of now.
  await database.sql(`UPDATE trades SET created_at = date_trunc('hour', now()) - (1 + id % 3) * interval '1 hour';
    UPDATE trades SET created_at = now() WHERE id = 1;
    UPDATE positions SET opened_at = now() - interval '5 hours'`);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
});

const inSession = <Result>(work: (session: DatabaseSession) => Promise<Result>) =>
  withDatabase(
    { host: process.env.DATABASE_HOST ?? '', port: Number(process.env.DATABASE_PORT) },
    DatabaseAccessEnv.parse(process.env),
    work,
  );
const ledger = () => dynamodbFingerprints(database.controlTable, LIVE);
const compare = async (): Promise<ProofCheck[]> => {
  const [platform, entries] = [await loadPlatformData(), await ledger().read([])];
  return withProofWork(1, inSession, (work) => checkFingerprints(work, platform, entries, null));
};
const differing = async () => (await compare()).filter(({ passed }) => !passed);
const take = async (platform: PlatformData, sealedUntil = {}) =>
  inSession((session) => takeFingerprints(session, platform, LIVE, sealedUntil));

describe('recording fingerprints', () => {
  it('says so when the database cannot be reached', async () => {
    await database.rds.stopDatabase(LIVE);
    expect(await invoke(recordFingerprints, {})).toEqual({ reachable: false, sequence: null, left: [] });
    await database.rds.crash(LIVE);
  });

  it('seals nothing while a transaction runs that may still add to a closed hour', async () => {
    const writer = await database.tradingSession();
    await writer.query(`BEGIN; INSERT INTO trades (user_id, position_id, symbol, side, quantity, price)
      SELECT 1, 1, 'X', 'BUY', 0, 1; PREPARE TRANSACTION 'late'`);
    expect(await invoke(recordFingerprints, {})).toMatchObject({ reachable: true, sequence: null });
    await writer.query(`ROLLBACK PREPARED 'late'`);
  });

  it('seals each closed hour, run by run where many have closed, and nothing twice', async () => {
    expect(await invoke(recordFingerprints, {})).toEqual({ reachable: true, sequence: 1, left: [] });
    expect(await invoke(recordFingerprints, {})).toMatchObject({ sequence: 2 });
    const [entry, caughtUp] = await ledger().read([]);
    expect(caughtUp?.sealed.map(({ table, buckets }) => [table, buckets.map(({ rows }) => rows)])).toEqual([
      ['public.user_accounts', [0]],
    ]);
    const trades = entry?.sealed.find(({ table }) => table === 'public.trades');
    expect(trades?.buckets.map(({ rows }) => rows).slice(0, 3)).toEqual([333, 333, 333]);
    expect(entry?.whole.map(({ table }) => table)).toContain('public.user_sessions');
    expect(await invoke(recordFingerprints, {})).toMatchObject({ sequence: null });
    expect(await ledger().read([])).toHaveLength(2);
  });

  it('finds the same again, although rows that change have changed', async () => {
    await database.sql(`UPDATE user_accounts SET balance = balance - 1;
      INSERT INTO trades (user_id, position_id, symbol, side, quantity, price) SELECT 1, 1, 'X', 'BUY', 0, 1`);
    const checks = await compare();
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    const uncompared = checks.filter(({ compared }) => compared === false);
    expect(uncompared.map(({ subject, found }) => `${subject}: ${found}`)).toEqual([
      'public.user_accounts in whole: 50 rows were written since',
    ]);
  });

  it.each([
    [
      'a value that changed in an old row',
      'UPDATE trades SET price = price + 1 WHERE id = 500',
      'UPDATE trades SET price = price - 1 WHERE id = 500',
    ],
    [
      'a row that was exchanged for another',
      'UPDATE trades SET id = -500 WHERE id = 500',
      'UPDATE trades SET id = 500 WHERE id = -500',
    ],
    [
      'two rows that exchanged a value',
      'UPDATE trades SET price = CASE id WHEN 10 THEN 77 ELSE 78 END WHERE id IN (10, 13)',
      'UPDATE trades SET price = 100 + position_id % 900 WHERE id IN (10, 13)',
    ],
    [
      'a row that was added to a closed hour',
      `INSERT INTO trades SELECT -1, user_id, position_id, symbol, side, quantity, price, fee, created_at FROM trades WHERE id = 500`,
      'DELETE FROM trades WHERE id = -1',
    ],
  ])('finds %s', async (_what, change, back) => {
    await database.sql(change);
    expect((await differing()).map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^public.trades from .* until/),
    ]);
    await database.sql(back);
    expect(await differing()).toEqual([]);
  });

  it('fingerprints every type, and names the columns whose text had to be hashed', async () => {
    await database.sql(`CREATE DOMAIN document AS json;
      CREATE TABLE kinds (id int, made_at timestamptz, a json, b xml, c point, d bit(3), e tsvector, f document, g int[], h int4range, i jsonb);
      INSERT INTO kinds VALUES (1, now() - interval '9 hours', '{"x": 1}', '<x/>', '(1,2)', B'101', 'word', '{}', '{1,2}', '[1,3)', '{"y": 2}')`);
    const known = await loadPlatformData();
    const platform = PlatformData.parse({
      ...known,
      criticalTables: [
        { name: 'kinds', kind: 'append-only', createdAtColumn: 'made_at', fixedColumns: 'all' },
        { name: 'gone', kind: 'append-only', createdAtColumn: 'made_at', fixedColumns: 'all' },
      ],
    });
    const fingerprints = await take(platform);
    expect(fingerprints?.left.map(({ table }) => table)).toEqual(['public.gone']);
    const columns = fingerprints?.sealed[0]?.columns.filter(({ asText }) => asText).map(({ name }) => name);
    expect(columns).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('does not seal an hour before the transactions that began in it have ended', async () => {
    const writer = await database.tradingSession();
    await writer.query('BEGIN; SELECT 1');
    const fingerprints = await take(await loadPlatformData());
    const [{ at }] = (await writer.query<{ at: Date }>('SELECT now() AS at')).rows as [{ at: Date }];
    expect(Date.parse(fingerprints?.sealedUntil['public.trades'] ?? '')).toBeLessThanOrEqual(at.getTime());
    await writer.query('ROLLBACK');
  });

  it('proves nothing by an entry that was changed, nor without one that was there', async () => {
    const pk = `fingerprints#${LIVE}`;
    const { Items = [] } = await dynamodb().send(
      new QueryCommand({
        TableName: database.controlTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    const entry = Items.find(({ sequence, sealed }) => sequence === 1 && sealed !== undefined);
    const put = (Item: Record<string, unknown>) =>
      dynamodb().send(new PutCommand({ TableName: database.controlTable, Item }));
    await put({ ...entry, oldestTransactionId: '3' });
    await expect(ledger().read([])).rejects.toMatchObject({ name: 'LedgerBroken' });
    await expect(invoke(recordFingerprints, {})).rejects.toMatchObject({ name: 'LedgerBroken' });
    await dynamodb().send(
      new DeleteCommand({ TableName: database.controlTable, Key: { pk, sk: String(entry?.sk) } }),
    );
    await expect(ledger().read([])).rejects.toThrow('entry 1 is missing');
    await put({ ...entry });
    expect(await ledger().read([])).toHaveLength(2);
  });
});
