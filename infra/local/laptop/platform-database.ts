import type { Client } from 'pg';
import type { InstanceSpec } from '../rds/create-instance.ts';
import type { RdsServer } from '../rds/rds-server.ts';
import type { ProtectedPlatform } from './protected-platform.ts';

/** What stands by for the database. */
export interface Redundancy {
  /** RDS keeps a standby in another zone. */
  readonly multiAz: boolean;
  /** A read replica of the same settings follows it. */
  readonly replica: boolean;
}

/** Settings of the platform, which stand in the group of its instance or cluster. */
const PARAMETERS = { 'rds.force_ssl': '1', log_min_duration_statement: '1000', reserved_connections: '8' };

/** Who owns the database, what is made in it before its first backup, and what stands by for it. */
interface PlatformDatabaseContent {
  readonly administrator: { readonly user: string; readonly password: string };
  readonly prepare: (client: Client) => Promise<void>;
  readonly redundancy: Partial<Redundancy>;
}

/** Makes the platform's database as its operators would have: an instance with the proxy that is configured, or an Aurora cluster. */
export async function createPlatformDatabase(
  rds: RdsServer,
  { database, network }: ProtectedPlatform,
  { administrator, prepare, redundancy }: PlatformDatabaseContent,
): Promise<void> {
  const spec: InstanceSpec = {
    identifier: database.identifier,
    databaseName: database.name,
    masterUsername: administrator.user,
    masterUserPassword: administrator.password,
    securityGroupIds: [database.securityGroupId],
    subnetGroup: { name: database.subnetGroup, vpcId: network.vpcId },
    parameterGroup: {
      name: database.clusterParameterGroup ?? database.parameterGroup,
      description: 'Settings of the trading platform',
      parameters: PARAMETERS,
    },
    iamAuthentication: true,
    attributes: {
      MultiAZ: redundancy.multiAz ?? false,
      DeletionProtection: true,
      KmsKeyId: database.kmsKeyArn,
      CopyTagsToSnapshot: true,
      EnabledCloudwatchLogsExports: ['postgresql'],
      // What a restore does not take, so that it must be set on the copy afterwards.
      PreferredMaintenanceWindow: 'sat:02:00-sat:02:30',
    },
    tags: { platform: 'testudo', environment: 'production' },
    prepare,
  };
  if (database.kind === 'aurora-cluster') {
    const members = ['writer', 'reader'].map((role) => ({
      identifier: `${database.identifier}-${role}`,
      parameterGroupName: database.parameterGroup,
    }));
    await rds.createCluster({ ...spec, members });
    return;
  }
  const instance = await rds.createInstance(spec);
  if (redundancy.replica === true)
    for (const replica of database.replicas) await createReplica(rds, database, replica);
  if (database.cutOver.by === 'rename') return;
  const { proxyName: name, proxyArn: arn, targetGroupArn, securityGroupId } = database.cutOver;
  await rds.createProxy({ name, arn, targetGroupArn, securityGroupIds: [securityGroupId], target: instance });
}

/** As an operator of the platform would have set it up: it lets in whom its source lets in. */
async function createReplica(
  rds: RdsServer,
  database: ProtectedPlatform['database'],
  replica: string,
): Promise<void> {
  await rds.createReplica({
    DBInstanceIdentifier: replica,
    SourceDBInstanceIdentifier: database.identifier,
    VpcSecurityGroupIds: [database.securityGroupId],
    EnableIAMDatabaseAuthentication: 'true',
    DeletionProtection: 'true',
  });
}
