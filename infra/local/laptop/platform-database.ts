import type { Client } from 'pg';
import type { InstanceSpec } from '../rds/create-instance.ts';
import type { RdsServer } from '../rds/rds-server.ts';
import type { ProtectedPlatform } from './protected-platform.ts';

/** Settings of the platform, which stand in the group of its instance or cluster. */
const PARAMETERS = { 'rds.force_ssl': '1', log_min_duration_statement: '1000', reserved_connections: '8' };

/** Who owns the database, and what is made in it before its first backup. */
interface PlatformDatabaseContent {
  readonly administrator: { readonly user: string; readonly password: string };
  readonly prepare: (client: Client) => Promise<void>;
}

/** Makes the platform's database as its operators would have: an instance with the proxy that is configured, or an Aurora cluster. */
export async function createPlatformDatabase(
  rds: RdsServer,
  { database, network }: ProtectedPlatform,
  { administrator, prepare }: PlatformDatabaseContent,
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
  if (database.cutOver.by === 'rename') return;
  const { proxyName: name, proxyArn: arn, targetGroupArn, securityGroupId } = database.cutOver;
  await rds.createProxy({ name, arn, targetGroupArn, securityGroupIds: [securityGroupId], target: instance });
}
