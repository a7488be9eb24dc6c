import { randomBytes } from 'node:crypto';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { DbInstance } from './instance.ts';
import { RDS_ADMIN } from './postgres-settings.ts';

/** There is nothing on disk that could be damaged; the message names the relation. */
export class NothingToCorrupt extends Error {
  override readonly name = 'NothingToCorrupt';
}

const PAGE_BYTES = 8192;
const DAMAGED_BYTES = 32;
const ATTEMPTS = 20;

interface Relation {
  filenode: number;
  path: string;
  database: number;
}

/**
 * Damages the middle page of a table on disk, as a failing disk would: the page checksum no longer fits, and reading
 * the page is an error (SQLSTATE XX001).
 *
 * @param table name, qualified if need be, in the instance's database.
 * @returns number of the damaged page.
 * @throws {NothingToCorrupt} when the table is empty.
 */
export function corruptHeapPage(instance: DbInstance, table: string): Promise<number> {
  return corruptPage(instance, table);
}

/**
 * Damages the middle page of an index on disk. Counting rows does not notice; looking one up may.
 *
 * @throws {NothingToCorrupt} when the index has only its first page, which is no data.
 */
export function corruptIndexPage(instance: DbInstance, index: string): Promise<number> {
  return corruptPage(instance, index);
}

/**
 * Damages the middle page of a table or an index on disk.
 *
 * @throws {NothingToCorrupt} when there is no such page.
 */
export async function corruptPage(instance: DbInstance, name: string): Promise<number> {
  const { cluster } = instance;
  const relation = await cluster.withAdmin((client) => locate(client, name), instance.attributes.DBName);
  return cluster.withAdmin(async (client) => {
    await client.query('CHECKPOINT');
    const file = join(cluster.dataDirectory, relation.path);
    const page = Math.floor(statSync(file).size / PAGE_BYTES / 2);
    if (statSync(file).size < 2 * PAGE_BYTES) {
      throw new NothingToCorrupt(`${name} has less than two pages on disk`);
    }
    // The server may write its clean copy over the damage for as long as it holds one.
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await evict(client, relation, page);
      damage(file, page);
      if (!(await isCached(client, relation, page))) return page;
    }
    throw new NothingToCorrupt(`page ${page} of ${name} does not leave the server's memory`);
  }, RDS_ADMIN);
}

async function locate(client: Client, name: string): Promise<Relation> {
  const { rows } = await client.query<{ filenode: string; path: string; database: string }>(
    `SELECT pg_relation_filenode($1::regclass)::text AS filenode, pg_relation_filepath($1::regclass) AS path,
            (SELECT oid FROM pg_database WHERE datname = current_database())::text AS database`,
    [name],
  );
  const [found] = rows;
  if (!found) throw new NothingToCorrupt(`${name} has no file`);
  return { filenode: Number(found.filenode), path: found.path, database: Number(found.database) };
}

const BUFFER = `FROM pg_buffercache
  WHERE reldatabase = $1 AND relfilenode = $2 AND relblocknumber = $3 AND relforknumber = 0`;

async function evict(client: Client, relation: Relation, page: number): Promise<void> {
  await client.query(`SELECT pg_buffercache_evict(bufferid) ${BUFFER}`, [
    relation.database,
    relation.filenode,
    page,
  ]);
}

async function isCached(client: Client, relation: Relation, page: number): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT 1 ${BUFFER}`, [relation.database, relation.filenode, page]);
  return (rowCount ?? 0) > 0;
}

function damage(file: string, page: number): void {
  const handle = openSync(file, 'r+');
  try {
    writeSync(handle, randomBytes(DAMAGED_BYTES), 0, DAMAGED_BYTES, page * PAGE_BYTES + PAGE_BYTES / 2);
  } finally {
    closeSync(handle);
  }
}
