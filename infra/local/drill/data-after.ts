import { Client, type ClientConfig } from 'pg';
import type { PlatformData } from '../../../shared/database/platform-data.ts';
import { tradeContentSql } from '../platform/trade-content.ts';
import type { DataAfter, SeededRows } from './verdict.ts';

/** Fingerprint of the trades that were there before anybody traded. @param connection with all rights, past the endpoint. */
export function readSeededRows(connection: ClientConfig, seededTrades: number): Promise<SeededRows> {
  return withClient(connection, (client) => seededRows(client, seededTrades));
}

/**
 * What the database holds, seen in one snapshot. A database or a table that is gone holds nothing, and an invariant that cannot be
 * read is violated.
 */
export async function readDataAfter(
  connection: ClientConfig,
  seededTrades: number,
  data: PlatformData,
): Promise<DataAfter> {
  if (!(await answers(connection))) {
    const violations = Object.fromEntries(data.invariants.map(({ name }) => [name, 1]));
    return { seeded: { rows: 0, fingerprint: '' }, trades: new Map(), violations };
  }
  return withClient(connection, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const seeded = await orElse(client, () => seededRows(client, seededTrades), { rows: 0, fingerprint: '' });
    const trades = await orElse(client, () => otherTrades(client, seededTrades), new Map<number, string>());
    const violations: Record<string, number> = {};
    for (const { name, sql } of data.invariants) {
      violations[name] = await orElse(client, () => countOf(client, sql), 1);
    }
    await client.query('COMMIT');
    return { seeded, trades, violations };
  });
}

async function seededRows(client: Client, seededTrades: number): Promise<SeededRows> {
  const { rows } = await client.query<{ rows: string; fingerprint: string | null }>(
    `SELECT count(*) AS rows, sum(hashtextextended(${tradeContentSql('trade')}, 0)::numeric)::text AS fingerprint FROM trades AS trade WHERE id <= $1`,
    [seededTrades],
  );
  return { rows: Number(rows[0]?.rows ?? 0), fingerprint: rows[0]?.fingerprint ?? '' };
}

async function otherTrades(client: Client, seededTrades: number): Promise<Map<number, string>> {
  const { rows } = await client.query<{ id: string; content: string }>(
    `SELECT id, ${tradeContentSql('trade')} AS content FROM trades AS trade WHERE id > $1`,
    [seededTrades],
  );
  return new Map(rows.map(({ id, content }) => [Number(id), content]));
}

async function countOf(client: Client, sql: string): Promise<number> {
  const { rows } = await client.query<Record<string, string>>(sql);
  return Number(Object.values(rows[0] ?? { none: 1 })[0]);
}

/** A failed statement must not take the snapshot with it. */
async function orElse<Value>(client: Client, read: () => Promise<Value>, otherwise: Value): Promise<Value> {
  await client.query('SAVEPOINT attempt');
  try {
    return await read();
  } catch {
    await client.query('ROLLBACK TO SAVEPOINT attempt');
    return otherwise;
  }
}

async function answers(connection: ClientConfig): Promise<boolean> {
  try {
    return await withClient(connection, async () => true);
  } catch {
    return false;
  }
}

async function withClient<Result>(
  connection: ClientConfig,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ ...connection, options: '-c TimeZone=UTC' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
