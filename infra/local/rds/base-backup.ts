import { createHash } from 'node:crypto';
import { chownSync, closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { extract } from 'tar-stream';
import {
  type BackupManifest,
  BaseBackupDamaged,
  type ManifestFile,
  parseManifest,
} from './backup-manifest.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import { giveTo, type ServerAccount } from './server-account.ts';

/** A base backup: a tar file and a manifest, which are never changed. */
export interface BaseBackup {
  directory: string;
  manifest: BackupManifest;
  /** When the backup was begun; RFC 3339 UTC. */
  startedAt: string;
  /** No earlier target can be reached from this backup; RFC 3339 UTC, whole milliseconds, rounded up. */
  consistentFrom: string;
}

/** Not copied to a restored cluster: they describe the server that was running. */
const FILES_OUTSIDE_MANIFEST = new Set(['backup_manifest']);

/**
 * Takes a base backup through the replication protocol. The server writes the tar file and the manifest itself, and
 * checks every page checksum on the way.
 *
 * WAL is not included: a restore takes it from the archive.
 *
 * @param directory is created.
 * @throws {DatabaseError} when the server refuses, for one because a page is damaged.
 */
export async function takeBaseBackup(
  cluster: PostgresCluster,
  directory: string,
  account: ServerAccount | undefined,
): Promise<BaseBackup> {
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  giveTo(account, dirname(directory));
  const startedAt = new Date().toISOString();
  // pg does not list this start-up parameter of the server.
  const replication: object = { ...cluster.adminConnection(), replication: 'true' };
  const client = new Client(replication);
  await client.connect();
  try {
    const target = client.escapeLiteral(directory);
    await client.query(
      `BASE_BACKUP (LABEL 'rds', TARGET 'server', TARGET_DETAIL ${target}, CHECKPOINT 'fast', WAL false, WAIT false,
        MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')`,
    );
  } finally {
    await client.end();
  }
  const manifest = parseManifest(await readFile(join(directory, 'backup_manifest'), 'utf8'));
  return { directory, manifest, startedAt, consistentFrom: new Date(Date.now() + 1).toISOString() };
}

/**
 * Unpacks a base backup into a new data directory. Each file is compared with the manifest on the way, so that a
 * damaged backup never starts.
 *
 * @param signal ends the work half-way.
 * @throws {BaseBackupDamaged} naming the file that is missing, unknown or different.
 */
export async function unpackBaseBackup(
  backup: BaseBackup,
  dataDirectory: string,
  account: ServerAccount | undefined,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(dataDirectory, { mode: 0o700 });
  giveTo(account, dataDirectory);
  const missing = new Set(backup.manifest.files.keys());
  const archive = extract();
  const source = createReadStream(join(backup.directory, 'base.tar'), { highWaterMark: 1024 * 1024 });
  source.on('error', (error) => archive.destroy(error));
  source.pipe(archive);
  try {
    for await (const entry of archive) {
      signal?.throwIfAborted();
      const { name, type } = entry.header;
      const path = join(dataDirectory, name);
      if (type === 'directory') {
        mkdirSync(path, { recursive: true, mode: 0o700 });
      } else {
        // The entries are streams of bytes; the library's types leave that open.
        const sha256 = await writeFileHashing(path, entry as AsyncIterable<Uint8Array>);
        compare(name, sha256, backup.manifest.files.get(name));
        missing.delete(name);
      }
      entry.resume();
      if (account) chownSync(path, account.uid, account.gid);
    }
  } finally {
    source.destroy();
  }
  const [absent] = missing;
  if (absent) throw new BaseBackupDamaged(`the base backup lacks ${absent}`);
}

/** A thousand small files: asynchronous calls would take several times longer than the writing itself. */
async function writeFileHashing(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const file = openSync(path, 'wx', 0o600);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      writeSync(file, chunk);
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function compare(name: string, sha256: string, expected: ManifestFile | undefined): void {
  if (FILES_OUTSIDE_MANIFEST.has(name)) return;
  if (!expected)
    throw new BaseBackupDamaged(`the base backup holds ${name}, which its manifest does not know`);
  if (expected.sha256 !== sha256) {
    throw new BaseBackupDamaged(`${name} in the base backup has changed since it was taken`);
  }
}
