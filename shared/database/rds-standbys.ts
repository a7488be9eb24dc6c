import type { DatabaseServiceEnv } from './database-kind.ts';
import { findInstance, getInstance, type RdsInstance } from './rds.ts';
import type { RestorableDatabase } from './restorable-database.ts';
import type { Standbys } from './standbys.ts';

/**
 * What could take the place of a database, as RDS shows it now. Only DB instances have a standby or replicas of this sort; for another
 * kind there is nothing.
 * @param known names of the replicas that may be promoted; of any other the recovery may not even ask.
 */
export async function findStandbys(
  { DATABASE_KIND }: DatabaseServiceEnv,
  { identifier, storageGibibytes }: RestorableDatabase,
  known: readonly string[],
): Promise<Standbys> {
  if (DATABASE_KIND !== 'instance')
    return { multiAz: false, availabilityZone: '', storageGibibytes, replicas: [] };
  const instance = await getInstance(identifier);
  const followers = instance.ReadReplicaDBInstanceIdentifiers ?? [];
  const replicas = await Promise.all(
    known.filter((name) => followers.includes(name)).map((name) => findInstance(name)),
  );
  return {
    multiAz: instance.MultiAZ === true,
    availabilityZone: instance.AvailabilityZone ?? '',
    storageGibibytes,
    replicas: replicas.flatMap((replica) => (replica === undefined ? [] : [seenReplica(replica)])),
  };
}

function seenReplica({
  DBInstanceIdentifier,
  DBInstanceStatus,
  Endpoint,
}: RdsInstance): Standbys['replicas'][number] {
  return {
    identifier: DBInstanceIdentifier ?? '',
    status: DBInstanceStatus ?? 'unknown',
    host: Endpoint?.Address ?? null,
    port: Endpoint?.Port ?? null,
  };
}
