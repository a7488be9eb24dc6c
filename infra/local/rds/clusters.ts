import type { ClusterMember, DbCluster } from './cluster.ts';
import type { DbInstance } from './instance.ts';
import { DatabaseRegistry } from './instances.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';

/** A member and the cluster that it is of. */
export interface FoundMember {
  readonly cluster: DbCluster;
  readonly member: ClusterMember;
}

/** The Aurora clusters of the account. */
export class DbClusters extends DatabaseRegistry<DbCluster> {
  constructor() {
    super(40, {
      thing: 'DBCluster',
      notFound: 'DBClusterNotFoundFault',
      exists: 'DBClusterAlreadyExistsFault',
      quotaExceeded: 'DBClusterQuotaExceededFault',
    });
  }

  /** All members of all clusters. */
  members(): FoundMember[] {
    return this.list().flatMap((cluster) => cluster.members.map((member) => ({ cluster, member })));
  }

  /** The member of this name, or `undefined`. */
  findMember(identifier: string): FoundMember | undefined {
    return this.members().find(({ member }) => member.identifier === identifier.toLowerCase());
  }
}

/**
 * The server behind a name: that of an instance, or that of a cluster.
 *
 * @throws {RdsRequestRefused} `DBInstanceNotFound`.
 */
export function serverOf({ instances, clusters }: RdsContext, identifier: string): DbInstance {
  return clusters.find(identifier) ?? clusters.findMember(identifier)?.cluster ?? instances.get(identifier);
}

/**
 * The tags of whatever has this ARN.
 *
 * @throws {RdsRequestRefused} `DBInstanceNotFound` or `DBClusterNotFoundFault`.
 */
export function tagsOfArn({ instances, clusters }: RdsContext, arn: string): Map<string, string> {
  const members = clusters.members().map(({ member }) => member);
  const found = [...instances.list(), ...clusters.list(), ...members].find((thing) => thing.arn === arn);
  if (found) return found.tags;
  const code = arn.includes(':cluster:') ? 'DBClusterNotFoundFault' : 'DBInstanceNotFound';
  throw new RdsRequestRefused(code, `${arn} not found.`);
}
