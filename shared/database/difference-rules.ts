import {
  type ComparisonRules,
  copyIs,
  copyIsLater,
  type DifferenceRule,
  isAddress,
  isArn,
  isIdentifier,
  isLogStream,
  isResourceId,
  onBoth,
  onlyCopy,
  onlySource,
  startsWith,
} from './difference-conditions.ts';
import { readinessOf } from './readiness.ts';

export const FOLLOWS_THE_NAME = 'Follows the identifier, which the copy takes over in the cut-over';

/** What a copy of any kind may differ in: tags and alarms, which RDS does not keep with a database. */
export const RULES_OF_EVERY_KIND: readonly DifferenceRule[] = [
  {
    fields: /^tags\["testudo:/,
    holds: () => true,
    reason: 'The recovery marks its copies',
  },
  {
    fields: /^tags\["aws:/,
    holds: onlySource,
    reason: 'Tags of AWS itself cannot be set by anybody else',
    afterwards: 'Let the stack that made the source know its replacement',
  },
  {
    fields: /^alarms\b/,
    holds: (difference) => onlySource(difference) && startsWith(difference.source, 'name in '),
    reason: 'Watches whichever instance has the name, and so the copy after the cut-over',
  },
  {
    fields: /^alarms\b/,
    holds: (difference) => onlyCopy(difference) && startsWith(difference.copy, 'name in '),
    reason: 'Watches the name that the copy gives up',
    afterwards: 'Remove the alarm: it watches nothing any more',
  },
  {
    fields: /^alarms\b/,
    holds: (difference) => onlyCopy(difference) && startsWith(difference.copy, 'resource id in '),
    reason: 'Watches the copy by its resource id, before and after the cut-over',
  },
];

/** Every difference that a sound copy of an instance may have. */
const DIFFERENCE_RULES: readonly DifferenceRule[] = [
  {
    fields: /^instance\.DBInstanceIdentifier$/,
    holds: isIdentifier,
    reason: 'The copy takes over the name in the cut-over',
  },
  { fields: /^instance\.DBInstanceArn$/, holds: isArn, reason: FOLLOWS_THE_NAME },
  { fields: /^instance\.Endpoint\.Address$/, holds: isAddress, reason: FOLLOWS_THE_NAME },
  {
    fields: /^instance\.DbiResourceId$/,
    holds: isResourceId,
    reason: 'Stays with the data: no two instances share one',
    afterwards:
      'Let every policy for rds-db:connect that names the old resource id name the new one, and import the copy into the code that manages the database before its next deployment',
  },
  {
    fields: /^instance\.EnhancedMonitoringResourceArn$/,
    holds: (difference, names) => onlySource(difference) || isLogStream(difference, names),
    reason: 'Names the log stream of its own resource id, which begins with the first measurement',
  },
  {
    fields: /^instance\.InstanceCreateTime$/,
    holds: copyIsLater,
    reason: 'The copy was made by the restore',
  },
  {
    fields: /^instance\.LatestRestorableTime$/,
    holds: () => true,
    reason: 'Each instance has backups of its own; those of the copy begin with its restore',
  },
  {
    fields: /^instance\.CertificateDetails\.ValidTill$/,
    holds: copyIsLater,
    reason: 'Each instance gets a server certificate of its own, here by the same authority',
  },
  {
    fields: /^instance\.DBInstanceStatus$/,
    holds: ({ copy }) => readinessOf(String(copy)) === 'ready',
    reason: 'The copy can be used; how the damaged source is does not matter',
  },
  {
    fields: /^instance\.AutomaticRestartTime$/,
    holds: onlySource,
    reason: 'Only an instance that was stopped is started again by RDS',
  },
  {
    fields: /^instance\.(PercentProgress|StorageOperationStatus|StorageOperationPercentProgress)$/,
    holds: () => true,
    reason: 'The volume of a restored instance is filled from its backup while it serves',
  },
  {
    fields: /^instance\.StorageVolumeStatus$/,
    holds: onlySource,
    reason: 'Says which volume of the source is full; none of the copy is',
  },
  {
    fields: /^instance\.IsStorageConfigUpgradeAvailable$/,
    holds: ({ source, copy }) => source === 'true' && copy !== 'true',
    reason: 'The volume of a new instance is laid out as new ones are',
  },
  {
    fields: /^instance\.AllocatedStorage$/,
    holds: (difference) => onBoth(difference) && Number(difference.copy) > Number(difference.source),
    reason: 'The copy has more storage; RDS can never make storage smaller',
  },
  {
    fields: /^instance\.(Secondary)?AvailabilityZone$/,
    holds: onBoth,
    reason: 'RDS chooses a zone of the same subnet group, and refuses to be told one for Multi-AZ',
  },
  {
    fields: /^instance\.VpcSecurityGroups\[.+\]\.Status$/,
    holds: copyIs('active'),
    reason: 'The group is in force on the copy already',
  },
  {
    fields:
      /^instance\.(DBParameterGroups\[.+\]\.ParameterApplyStatus|OptionGroupMemberships\[.+\]\.Status)$/,
    holds: copyIs('in-sync'),
    reason: 'The copy runs with its group as it is; the source does not yet',
  },
  {
    fields: /^instance\.PendingModifiedValues\b/,
    holds: onlySource,
    reason: 'Was asked of the source and not carried out before the accident',
    afterwards: 'Ask for it again, if it is still wanted',
  },
  {
    fields: /^instance\.ReadReplicaDB(Instance|Cluster)Identifiers\[/,
    holds: onlySource,
    reason: 'A replica stays with the instance that it follows, whatever that is called',
    afterwards:
      'A replica that is configured is made anew after the cut-over, under its name; make any other from the copy and send its readers there',
  },
  {
    fields: /^instance\.DBInstanceAutomatedBackupsReplications\[/,
    holds: onlySource,
    reason: 'What is replicated are the backups of one instance, by its resource id',
    afterwards: 'Start the replication of backups to the other region again',
  },
  {
    fields: /^instance\.AwsBackupRecoveryPointArn$/,
    holds: onlySource,
    reason: 'Names the newest backup of the source in AWS Backup',
    afterwards: 'Look whether the backup plan has taken in the copy',
  },
  {
    fields: /^instance\.MasterUserSecret\.SecretArn$/,
    holds: onBoth,
    reason: 'RDS manages a secret for each instance',
    afterwards: 'Tell whoever reads the secret of the master user its new ARN',
  },
  {
    fields: /^proxies\b/,
    holds: (difference, { proxyName }) =>
      proxyName !== undefined && onlySource(difference) && difference.field === `proxies.${proxyName}`,
    reason: 'The cut-over lets this proxy lead to the copy',
  },
  ...RULES_OF_EVERY_KIND,
];

const FINISHED_COPY: ComparisonRules['finished'] = [
  {
    fields:
      /^instance\.(DBParameterGroups\[.+\]\.ParameterApplyStatus|OptionGroupMemberships\[.+\]\.Status)$/,
    isFinished: (value) => value === 'in-sync',
  },
  {
    fields: /^instance\.VpcSecurityGroups\[.+\]\.Status$/,
    isFinished: (value) => value === 'active',
  },
  { fields: /^instance\.AssociatedRoles\[.+\]\.Status$/, isFinished: (value) => value === 'ACTIVE' },
  { fields: /^instance\.PendingModifiedValues\b/, isFinished: () => false },
];

/** What a copied instance may differ in from its source, and what it must say. */
export const INSTANCE_RULES: ComparisonRules = { explained: DIFFERENCE_RULES, finished: FINISHED_COPY };
