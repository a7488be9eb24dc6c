import type { ModifyRequest, RdsInstance, RestoreRequest } from './rds.ts';

/** Below this size the performance of gp3 storage is fixed and must not be named (RDS User Guide, "gp3 storage", PostgreSQL). */
const GP3_PROVISIONABLE_GIBIBYTES = 400;

/** The settings of an instance that a restore takes; RDS would replace each one left out by a default of its own. */
export type CarriedSettings = Omit<
  RestoreRequest,
  'SourceDBInstanceIdentifier' | 'TargetDBInstanceIdentifier' | 'RestoreTime' | 'Tags'
>;

/** What RDS must be told so that a restored copy is set up as its source is. */
export function carriedSettings(source: RdsInstance): CarriedSettings {
  return {
    ...networkSettings(source),
    ...storageSettings(source),
    ...given({
      DBInstanceClass: source.DBInstanceClass,
      ProcessorFeatures: nonEmpty(source.ProcessorFeatures),
      LicenseModel: source.LicenseModel,
      DBParameterGroupName: source.DBParameterGroups?.[0]?.DBParameterGroupName,
      OptionGroupName: source.OptionGroupMemberships?.[0]?.OptionGroupName,
      // With it goes no AvailabilityZone: RDS refuses the two together.
      MultiAZ: source.MultiAZ,
      EnableIAMDatabaseAuthentication: source.IAMDatabaseAuthenticationEnabled,
      DeletionProtection: source.DeletionProtection,
      CopyTagsToSnapshot: source.CopyTagsToSnapshot,
      EnableCloudwatchLogsExports: nonEmpty(source.EnabledCloudwatchLogsExports),
      AutoMinorVersionUpgrade: source.AutoMinorVersionUpgrade,
      BackupRetentionPeriod: source.BackupRetentionPeriod,
      PreferredBackupWindow: source.PreferredBackupWindow,
      BackupTarget: source.BackupTarget,
      CACertificateIdentifier: source.CACertificateIdentifier,
      EngineLifecycleSupport: source.EngineLifecycleSupport,
    }),
  };
}

function networkSettings(source: RdsInstance): Partial<CarriedSettings> {
  return given({
    VpcSecurityGroupIds: nonEmpty(securityGroupIds(source)),
    DBSubnetGroupName: source.DBSubnetGroup?.DBSubnetGroupName,
    Port: source.Endpoint?.Port,
    PubliclyAccessible: source.PubliclyAccessible,
    NetworkType: source.NetworkType,
  });
}

function storageSettings(source: RdsInstance): Partial<CarriedSettings> {
  const { StorageType, AllocatedStorage = 0, Iops, StorageThroughput } = source;
  const chosen = StorageType?.startsWith('io') === true;
  const provisioned = StorageType === 'gp3' && AllocatedStorage >= GP3_PROVISIONABLE_GIBIBYTES;
  return given({
    StorageType,
    AllocatedStorage: AllocatedStorage > 0 ? AllocatedStorage : undefined,
    Iops: chosen || provisioned ? Iops : undefined,
    StorageThroughput: provisioned ? StorageThroughput : undefined,
    MaxAllocatedStorage: source.MaxAllocatedStorage,
    DedicatedLogVolume: source.DedicatedLogVolume,
  });
}

/** Settings that a restore takes and RDS may still have set otherwise, and those that it does not take at all. */
const COMPARED = [
  'AutoMinorVersionUpgrade',
  'BackupRetentionPeriod',
  'CACertificateIdentifier',
  'CopyTagsToSnapshot',
  'DatabaseInsightsMode',
  'DeletionProtection',
  'MaxAllocatedStorage',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'MultiAZ',
  'NetworkType',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'PubliclyAccessible',
] as const satisfies readonly (keyof RdsInstance & keyof ModifyRequest)[];

/** The changes that make a restored copy like its source, by name; empty when it is. */
export function missingSettings(source: RdsInstance, copy: RdsInstance): Partial<ModifyRequest> {
  const differing = COMPARED.filter((name) => source[name] !== undefined && source[name] !== copy[name]);
  return {
    ...Object.fromEntries(differing.map((name) => [name, source[name]])),
    ...given({
      EnableIAMDatabaseAuthentication: wanted(
        source.IAMDatabaseAuthenticationEnabled,
        copy.IAMDatabaseAuthenticationEnabled,
      ),
      DBParameterGroupName: wanted(
        source.DBParameterGroups?.[0]?.DBParameterGroupName,
        copy.DBParameterGroups?.[0]?.DBParameterGroupName,
      ),
      VpcSecurityGroupIds: wanted(securityGroupIds(source), securityGroupIds(copy)),
      CloudwatchLogsExportConfiguration: missingLogs(source, copy),
    }),
    ...missingInsights(source, copy),
  };
}

/** The logs that the source exports and the copy does not; undefined when there is none. */
export function missingLogs(
  source: Pick<RdsInstance, 'EnabledCloudwatchLogsExports'>,
  copy: Pick<RdsInstance, 'EnabledCloudwatchLogsExports'>,
) {
  const missing = (source.EnabledCloudwatchLogsExports ?? []).filter(
    (type) => !copy.EnabledCloudwatchLogsExports?.includes(type),
  );
  return missing.length > 0 ? { EnableLogTypes: missing } : undefined;
}

function missingInsights(source: RdsInstance, copy: RdsInstance): Partial<ModifyRequest> {
  if (source.PerformanceInsightsEnabled !== true || copy.PerformanceInsightsEnabled === true) return {};
  return given({
    EnablePerformanceInsights: true,
    PerformanceInsightsKMSKeyId: source.PerformanceInsightsKMSKeyId,
    PerformanceInsightsRetentionPeriod: source.PerformanceInsightsRetentionPeriod,
  });
}

/** The groups that let clients in, without those that are on their way out; in one order. */
export function securityGroupIds(instance: Pick<RdsInstance, 'VpcSecurityGroups'>): string[] {
  return (instance.VpcSecurityGroups ?? [])
    .filter(({ Status }) => Status !== 'removing')
    .flatMap(({ VpcSecurityGroupId }) => (VpcSecurityGroupId === undefined ? [] : [VpcSecurityGroupId]))
    .sort();
}

/** The same database in these groups and no others. */
export function withSecurityGroups<Described extends Pick<RdsInstance, 'VpcSecurityGroups'>>(
  instance: Described,
  ids: readonly string[],
): Described {
  if (String(securityGroupIds(instance)) === String([...ids].sort())) return instance;
  const VpcSecurityGroups = ids.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' }));
  return { ...instance, VpcSecurityGroups };
}

/** What the source has, where the copy has something else; undefined where both have the same. */
export function wanted<Value>(ofSource: Value | undefined, ofCopy: Value | undefined): Value | undefined {
  return JSON.stringify(ofSource) === JSON.stringify(ofCopy) ? undefined : ofSource;
}

/** The list, or undefined where it is empty: the SDK sends no field that is left out. */
export function nonEmpty<Item>(items: readonly Item[] | undefined): Item[] | undefined {
  return items === undefined || items.length === 0 ? undefined : [...items];
}

/** What is there of a record: the SDK sends no field that is left out. */
export function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
}
