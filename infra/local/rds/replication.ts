import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { takeBaseBackup, unpackBaseBackup } from './base-backup.ts';
import type { DbInstance } from './instance.ts';
import type { RdsContext } from './rds-context.ts';

/** A replica of PostgreSQL did not become what it was meant to be. */
class ReplicationFailed extends Error {
  override readonly name = 'ReplicationFailed';
}

const PROMOTION_DEADLINE_MILLIS = 30_000;

/** RDS for PostgreSQL gives each replica of its region a replication slot of its own on the source. */
function slotName({ resourceId }: DbInstance): string {
  return `rds_${resourceId.slice(3).toLowerCase()}`;
}

/**
 * Copies the source's cluster into a replica's and starts it as a hot standby, which follows the source by streaming. It follows the
 * cluster and not its name: a source that is renamed is still followed.
 *
 * @throws {DatabaseError} when the source refuses the backup.
 * @throws {PostgresDidNotStart} when the standby does not come up.
 */
export async function startStandby(
  context: RdsContext,
  source: DbInstance,
  replica: DbInstance,
): Promise<void> {
  const { account } = context.host;
  const slot = slotName(replica);
  const seed = join(replica.directory, 'seed', '1');
  await context.backups.withoutUploads(source, async () => {
    // Reserved from now on: what is written during the copy must still be there when the standby asks for it.
    await source.cluster.withAdmin((client) =>
      client.query('SELECT pg_create_physical_replication_slot($1, true)', [slot]),
    );
    const backup = await takeBaseBackup(source.cluster, seed, account);
    await unpackBaseBackup(backup, replica.cluster.dataDirectory, account, context.closing);
  });
  rmSync(join(replica.directory, 'seed'), { recursive: true, force: true });
  const { host, user, password } = source.cluster.adminConnection();
  replica.cluster.configure(source.cluster.parameters);
  replica.cluster.configureStandby({
    primary_conninfo: connectionString({ host, user, password, application_name: slot }),
    primary_slot_name: slot,
    wal_retrieve_retry_interval: '200ms',
  });
  await replica.cluster.start();
}

/**
 * Ends a replica's recovery, on a timeline of its own, and its claim on the WAL of a source that still runs.
 *
 * @throws {ReplicationFailed} when it does not leave recovery in time.
 */
export async function promoteStandby(source: DbInstance | undefined, replica: DbInstance): Promise<void> {
  await replica.cluster.withAdmin((client) => client.query('SELECT pg_promote(false)'));
  const deadline = Date.now() + PROMOTION_DEADLINE_MILLIS;
  while (await isStandby(replica)) {
    if (Date.now() > deadline) throw new ReplicationFailed(`${replica.identifier} does not leave recovery`);
    await delay(20);
  }
  replica.cluster.configureRecovery(undefined);
  if (source?.cluster.running !== true) return;
  await source.cluster.withAdmin(async (client) => {
    const release = () =>
      client.query(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
        [slotName(replica)],
      );
    // The sender notices the end of its receiver a moment later.
    while ((await release()).rowCount === 0 && Date.now() < deadline) await delay(20);
  });
}

/** Waits until replicas have replayed what their source has written by now. */
export async function untilReplayed(source: DbInstance, replicas: readonly DbInstance[]): Promise<void> {
  const written = await source.cluster.withAdmin(async (client) => {
    const { rows } = await client.query<{ position: string }>(
      'SELECT pg_current_wal_flush_lsn() AS position',
    );
    return rows[0]?.position;
  });
  for (const replica of replicas) {
    await replica.cluster.withAdmin(async (client) => {
      const replayed = () =>
        client.query<{ done: boolean }>('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done', [written]);
      while ((await replayed()).rows[0]?.done !== true) await delay(5);
    });
  }
}

async function isStandby({ cluster }: DbInstance): Promise<boolean> {
  return cluster.withAdmin(async (client) => {
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    return rows[0]?.standby ?? true;
  });
}

/** How a replica follows its source at one moment. */
export interface ReplicationState {
  /** As `StatusInfos` names it: `replicating` while WAL streams in, `connecting` while there is no source to ask. */
  status: 'connecting' | 'replicating';
  /** Age of the newest commit that was replayed, in seconds, as RDS computes `ReplicaLag`; -1 while none was. */
  lagSeconds: number;
}

/** Asks a replica itself. */
export function observeReplication({ cluster }: DbInstance): Promise<ReplicationState> {
  return cluster.withAdmin(async (client) => {
    const { rows } = await client.query<{ streaming: boolean; lag: number | null }>(
      `SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
              extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS lag`,
    );
    return {
      status: rows[0]?.streaming === true ? 'replicating' : 'connecting',
      lagSeconds: rows[0]?.lag ?? -1,
    };
  });
}

function connectionString(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}='${String(value).replaceAll(/['\\]/g, '\\$&')}'`)
    .join(' ');
}
