import { findInstance, type RdsInstance } from './rds.ts';
import type { RestorableDatabase } from './restorable-database.ts';
import { seenInstance } from './seen-instance.ts';
import type { Standbys } from './standbys.ts';

/**
 * What could take the place of a database, as RDS shows it now.
 * @param known names of the replicas that may be promoted; of any other the recovery may not even ask.
 */
export async function findStandbys(
  { multiAz, availabilityZone, storageGibibytes, followers }: RestorableDatabase,
  known: readonly string[],
): Promise<Standbys> {
  const replicas = await Promise.all(
    known.filter((name) => followers.includes(name)).map((name) => findInstance(name)),
  );
  return {
    multiAz,
    availabilityZone,
    storageGibibytes,
    replicas: replicas.flatMap((replica) => (replica === undefined ? [] : [seenReplica(replica)])),
  };
}

function seenReplica(replica: RdsInstance): Standbys['replicas'][number] {
  const { identifier, status, endpoint } = seenInstance(replica);
  return { identifier, status, host: endpoint?.host ?? null, port: endpoint?.port ?? null };
}
