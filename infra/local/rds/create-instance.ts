import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { type DbInstance, DEFAULT_ATTRIBUTES, type InstanceAttributes } from './instance.ts';
import { HEARTBEAT_SCHEMA } from './log-upload.ts';
import { checkSecurityGroups, PLATFORM_VPC, type SubnetGroup } from './network.ts';
import { newInstanceRecord } from './new-instance.ts';
import { DEFAULT_PARAMETER_GROUP, type ParameterGroup, postgresParameters } from './parameter-groups.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import { RDS_ADMIN } from './postgres-settings.ts';
import { instanceArn, newResourceId, phaseTimer, type RdsContext } from './rds-context.ts';

/** An instance that exists before the drill begins, as an operator of the platform would have set it up. */
export interface InstanceSpec {
  identifier: string;
  databaseName: string;
  masterUsername: string;
  masterUserPassword: string;
  securityGroupIds: readonly string[];
  subnetGroup?: SubnetGroup;
  parameterGroup?: ParameterGroup;
  /** Days; 7 when absent. */
  backupRetentionDays?: number;
  iamAuthentication?: boolean;
  attributes?: InstanceAttributes;
  tags?: Readonly<Record<string, string>>;
  /**
   * Creates the platform's schema, roles and rows, on a superuser's connection to the database and before the first
   * base backup.
   */
  prepare?(client: Client): Promise<void>;
}

const ENGINE_VERSION = '18.4';
const PLATFORM_SUBNET_GROUP: SubnetGroup = { name: 'platform-database', vpcId: PLATFORM_VPC };

/**
 * Creates an instance with its database, and takes its first backup.
 *
 * @throws {RdsRequestRefused} when the identifier is taken or a security group does not exist.
 */
export async function createInstance(context: RdsContext, spec: InstanceSpec): Promise<DbInstance> {
  context.instances.checkRoomFor(spec.identifier);
  const instance = newInstance(context, spec, newResourceId('db'));
  context.instances.add(instance);
  await setUpInstance(context, instance, spec);
  return instance;
}

/** Makes the server of a new instance, its database and its first backup. */
export async function setUpInstance(
  context: RdsContext,
  instance: DbInstance,
  spec: InstanceSpec,
): Promise<void> {
  const phase = phaseTimer(context, instance);
  phase.begin('create');
  await instance.cluster.initialise();
  await instance.cluster.start();
  await createDatabases(instance.cluster, spec);
  if (spec.prepare) {
    phase.begin('prepare');
    await instance.cluster.withAdmin(
      (client) => spec.prepare?.(client) ?? Promise.resolve(),
      spec.databaseName,
    );
  }
  await context.openEndpoint(instance.identifier);
  context.events.emit('RDS-EVENT-0005', instance);
  if (instance.backupRetentionDays > 0) {
    phase.begin('base-backup');
    instance.status = 'backing-up';
    await context.backups.take(instance);
  }
  phase.end();
  instance.status = 'available';
}

/**
 * What RDS knows of a new instance.
 *
 * @throws {RdsRequestRefused} when a security group does not exist.
 */
export function newInstance(context: RdsContext, spec: InstanceSpec, resourceId: string): DbInstance {
  const subnetGroup = spec.subnetGroup ?? PLATFORM_SUBNET_GROUP;
  checkSecurityGroups(context.securityGroups.rules, spec.securityGroupIds, subnetGroup);
  const parameterGroup = spec.parameterGroup ?? DEFAULT_PARAMETER_GROUP;
  context.parameterGroups.add(parameterGroup);
  context.subnetGroups.set(subnetGroup.name, subnetGroup);
  const adminPassword = randomBytes(24).toString('base64url');
  const told = {
    identifier: spec.identifier,
    resourceId,
    arn: instanceArn(context, spec.identifier),
    attributes: {
      ...DEFAULT_ATTRIBUTES,
      AllocatedStorage: 100,
      AvailabilityZone: `${context.region}a`,
      DBInstanceClass: 'db.m7g.large',
      EngineVersion: ENGINE_VERSION,
      StorageEncrypted: true,
      KmsKeyId: `arn:aws:kms:${context.region}:${context.accountId}:key/database`,
      ...spec.attributes,
      DBName: spec.databaseName,
      MasterUsername: spec.masterUsername,
    },
    backupRetentionDays: spec.backupRetentionDays ?? 7,
    iamAuthentication: spec.iamAuthentication ?? false,
    securityGroupIds: spec.securityGroupIds,
    subnetGroup,
    parameterGroup,
    tags: new Map(Object.entries(spec.tags ?? {})),
  };
  return newInstanceRecord(context, told, { adminPassword, parameters: postgresParameters(parameterGroup) });
}

/** The roles and databases that RDS creates, and the platform's empty database. */
async function createDatabases(cluster: PostgresCluster, spec: InstanceSpec): Promise<void> {
  await cluster.withAdmin(async (client) => {
    const [database, master, password] = [
      client.escapeIdentifier(spec.databaseName),
      client.escapeIdentifier(spec.masterUsername),
      client.escapeLiteral(spec.masterUserPassword),
    ];
    await client.query(`CREATE DATABASE ${RDS_ADMIN}`);
    await client.query(`REVOKE CONNECT ON DATABASE ${RDS_ADMIN} FROM PUBLIC`);
    await client.query('CREATE ROLE rds_iam NOLOGIN; CREATE ROLE rds_superuser NOLOGIN');
    await client.query(
      'GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_use_reserved_connections TO rds_superuser',
    );
    await client.query(`CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE PASSWORD ${password}`);
    await client.query(`GRANT rds_superuser TO ${master}`);
    await client.query(`CREATE DATABASE ${database} OWNER ${master}`);
  }, 'postgres');
  await cluster.withAdmin(async (client) => {
    await client.query(HEARTBEAT_SCHEMA);
    await client.query('CREATE EXTENSION pg_buffercache');
  });
}
