import type { PendingModifiedValues } from '@aws-sdk/client-rds';
import { z } from 'zod';
import type { DbInstance, InstanceAttributes } from './instance.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field } from './rds-query.ts';

const LOG_TYPES = z.enum(['postgresql', 'upgrade', 'iam-db-auth-error']);

/** The fields of ModifyDBInstance that have an effect here. */
export const ModifyRequest = z.strictObject({
  DBInstanceIdentifier: field.text,
  ApplyImmediately: field.flag.default(false),
  AllocatedStorage: field.whole.optional(),
  AutoMinorVersionUpgrade: field.flag.optional(),
  BackupRetentionPeriod: field.whole.min(0).max(35).optional(),
  CACertificateIdentifier: field.text.optional(),
  CertificateRotationRestart: field.flag.optional(),
  CloudwatchLogsExportConfiguration: z
    .strictObject({
      EnableLogTypes: z.array(LOG_TYPES).default([]),
      DisableLogTypes: z.array(LOG_TYPES).default([]),
    })
    .optional(),
  CopyTagsToSnapshot: field.flag.optional(),
  DatabaseInsightsMode: z.enum(['standard', 'advanced']).optional(),
  DBInstanceClass: field.text.optional(),
  DBParameterGroupName: field.text.optional(),
  DedicatedLogVolume: field.flag.optional(),
  DeletionProtection: field.flag.optional(),
  EnableIAMDatabaseAuthentication: field.flag.optional(),
  EnablePerformanceInsights: field.flag.optional(),
  EngineLifecycleSupport: field.text.optional(),
  Iops: field.whole.optional(),
  MasterUserPassword: z.string().min(8).max(128).optional(),
  MaxAllocatedStorage: field.whole.optional(),
  MonitoringInterval: z.coerce
    .number()
    .refine((seconds) => [0, 1, 5, 10, 15, 30, 60].includes(seconds), 'must be 0, 1, 5, 10, 15, 30 or 60')
    .optional(),
  MonitoringRoleArn: field.text.optional(),
  MultiAZ: field.flag.optional(),
  NetworkType: field.text.optional(),
  NewDBInstanceIdentifier: field.identifier.optional(),
  PerformanceInsightsKMSKeyId: field.text.optional(),
  PerformanceInsightsRetentionPeriod: field.whole.optional(),
  PreferredBackupWindow: field.text.optional(),
  PreferredMaintenanceWindow: field.text.optional(),
  PubliclyAccessible: field.flag.optional(),
  StorageThroughput: field.whole.optional(),
  StorageType: field.text.optional(),
  VpcSecurityGroupIds: field.texts.optional(),
});

/** A checked request to modify an instance. */
export type ModifyRequest = z.output<typeof ModifyRequest>;

/** Attributes that RDS changes at once, whatever ApplyImmediately says. */
const AT_ONCE = [
  'AutoMinorVersionUpgrade',
  'CopyTagsToSnapshot',
  'DatabaseInsightsMode',
  'DeletionProtection',
  'EngineLifecycleSupport',
  'MaxAllocatedStorage',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'NetworkType',
  'PerformanceInsightsKMSKeyId',
  'PerformanceInsightsRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'PubliclyAccessible',
] as const satisfies readonly (keyof ModifyRequest & keyof InstanceAttributes)[];

/** Attributes that wait for the maintenance window, unless ApplyImmediately is given. */
const IN_WINDOW = [
  'AllocatedStorage',
  'CACertificateIdentifier',
  'DBInstanceClass',
  'DedicatedLogVolume',
  'Iops',
  'MultiAZ',
  'StorageThroughput',
  'StorageType',
] as const satisfies readonly (keyof ModifyRequest &
  keyof InstanceAttributes &
  keyof PendingModifiedValues)[];

/**
 * The attributes that an instance has when the request is carried out.
 *
 * @throws {RdsRequestRefused} `InvalidParameterCombination`.
 */
export function modifiedAttributes(
  instance: Pick<DbInstance, 'attributes'>,
  request: ModifyRequest,
): InstanceAttributes {
  const current = instance.attributes;
  const insights = request.EnablePerformanceInsights ?? current.PerformanceInsightsEnabled;
  const attributes: InstanceAttributes = {
    ...current,
    ...given(request, AT_ONCE),
    ...(request.ApplyImmediately && given(request, IN_WINDOW)),
    PerformanceInsightsEnabled: insights,
    EnabledCloudwatchLogsExports: logExports(current.EnabledCloudwatchLogsExports ?? [], request),
  };
  if (insights) attributes.PerformanceInsightsRetentionPeriod ??= 7;
  if ((attributes.MonitoringInterval ?? 0) > 0 && !attributes.MonitoringRoleArn) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.',
    );
  }
  return attributes;
}

/** What a request without ApplyImmediately leaves for the maintenance window. */
export function deferredValues(request: ModifyRequest): PendingModifiedValues {
  if (request.ApplyImmediately) return {};
  return {
    ...given(request, IN_WINDOW),
    ...(request.EnableIAMDatabaseAuthentication !== undefined && {
      IAMDatabaseAuthenticationEnabled: request.EnableIAMDatabaseAuthentication,
    }),
    ...(request.NewDBInstanceIdentifier && { DBInstanceIdentifier: request.NewDBInstanceIdentifier }),
  };
}

function given<K extends keyof ModifyRequest>(
  request: ModifyRequest,
  names: readonly K[],
): Partial<ModifyRequest> {
  return Object.fromEntries(
    names.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  );
}

function logExports(current: readonly string[], request: ModifyRequest): string[] {
  const { EnableLogTypes: enable = [], DisableLogTypes: disable = [] } =
    request.CloudwatchLogsExportConfiguration ?? {};
  return [...new Set([...current, ...enable])]
    .filter((type) => !disable.some((name) => name === type))
    .sort();
}
