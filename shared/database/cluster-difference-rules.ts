import {
  type ComparisonRules,
  copyIs,
  copyIsLater,
  type DifferenceRule,
  isAddress,
  isArn,
  isIdentifier,
  isResourceId,
  onBoth,
  onlyCopy,
  onlySource,
} from './difference-conditions.ts';
import { FOLLOWS_THE_NAME, RULES_OF_EVERY_KIND } from './difference-rules.ts';
import { readinessOf } from './readiness.ts';

const GROUP_STATUS =
  /^members\.?(\["?.+?"?\]|\w+)\.(DBParameterGroups\[.+\]\.ParameterApplyStatus|OptionGroupMemberships\[.+\]\.Status)$/;
const MEMBER = String.raw`^members(\.\w+|\[".+?"\])\.`;
const ofMember = (fields: string) => new RegExp(`${MEMBER}${fields}$`);

/** Every difference that a sound copy of an Aurora cluster may have. */
const CLUSTER_DIFFERENCE_RULES: readonly DifferenceRule[] = [
  {
    fields: /^cluster\.DBClusterIdentifier$/,
    holds: isIdentifier,
    reason: 'The copy takes over the name in the cut-over',
  },
  { fields: /^cluster\.DBClusterArn$/, holds: isArn, reason: FOLLOWS_THE_NAME },
  { fields: /^cluster\.(Reader)?Endpoint$/, holds: isAddress, reason: FOLLOWS_THE_NAME },
  {
    fields: /^cluster\.DbClusterResourceId$/,
    holds: isResourceId,
    reason: 'Stays with the data: no two clusters share one',
  },
  {
    fields: /^cluster\.CloneGroupId$/,
    holds: onBoth,
    reason: 'Each volume has clones of its own',
  },
  { fields: /^cluster\.ClusterCreateTime$/, holds: copyIsLater, reason: 'The copy was made by the restore' },
  {
    fields: /^cluster\.(Earliest|Latest)RestorableTime$/,
    holds: () => true,
    reason: 'Each cluster has backups of its own; those of the copy begin with its restore',
  },
  {
    fields: /^cluster\.Status$/,
    holds: ({ copy }) => readinessOf(String(copy)) === 'ready',
    reason: 'The copy can be used; how the damaged source is does not matter',
  },
  {
    fields: /^cluster\.(PercentProgress|IOOptimizedNextAllowedModificationTime)$/,
    holds: () => true,
    reason: 'Says how far the work on a volume is, and when its kind may be changed again',
  },
  {
    fields: /^cluster\.AutomaticRestartTime$/,
    holds: onlySource,
    reason: 'Only a cluster that was stopped is started again by RDS',
  },
  {
    fields: /^cluster\.AvailabilityZones\[/,
    holds: (difference) => onlySource(difference) || onlyCopy(difference),
    reason: 'RDS chooses the zones of the volume, from those of the same subnet group',
  },
  {
    fields: /^(cluster|members(\.\w+|\[".+?"\]))\.VpcSecurityGroups\[.+\]\.Status$/,
    holds: copyIs('active'),
    reason: 'The group is in force on the copy already',
  },
  {
    fields: /^(cluster|members(\.\w+|\[".+?"\]))\.PendingModifiedValues\b/,
    holds: onlySource,
    reason: 'Was asked of the source and not carried out before the accident',
    afterwards: 'Ask for it again, if it is still wanted',
  },
  {
    fields: /^cluster\.(CustomEndpoints|ReadReplicaIdentifiers)\[/,
    holds: onlySource,
    reason: 'Belongs to the cluster that it was made for, whatever that is called',
    afterwards: 'Make it anew for the copy and send its clients there',
  },
  {
    fields: /^cluster\.AwsBackupRecoveryPointArn$/,
    holds: onlySource,
    reason: 'Names the newest backup of the source in AWS Backup',
    afterwards: 'Look whether the backup plan has taken in the copy',
  },
  {
    fields: /^cluster\.MasterUserSecret\.SecretArn$/,
    holds: onBoth,
    reason: 'RDS manages a secret for each cluster',
    afterwards: 'Tell whoever reads the secret of the master user its new ARN',
  },
  {
    fields: ofMember('DBClusterIdentifier'),
    holds: isIdentifier,
    reason: FOLLOWS_THE_NAME,
  },
  {
    fields: ofMember('(DBInstanceIdentifier|DBInstanceArn|DbiResourceId|Endpoint\\.Address)'),
    holds: onBoth,
    reason: 'A member has a name and an address of its own; clients use those of the cluster',
    afterwards: 'Tell whoever uses the address of a member the one of the member that stands for it',
  },
  {
    fields: ofMember('(InstanceCreateTime|CertificateDetails\\.ValidTill)'),
    holds: copyIsLater,
    reason: 'The member was made after the restore, with a certificate of its own by the same authority',
  },
  {
    fields: ofMember('LatestRestorableTime'),
    holds: () => true,
    reason: 'Each cluster has backups of its own',
  },
  {
    fields: ofMember('DBInstanceStatus'),
    holds: ({ copy }) => readinessOf(String(copy)) === 'ready',
    reason: 'The member of the copy can be used',
  },
  {
    fields: ofMember('AvailabilityZone'),
    holds: onBoth,
    reason: 'RDS chooses a zone of the same subnet group',
  },
  {
    fields: ofMember('EnhancedMonitoringResourceArn'),
    holds: (difference) => onlySource(difference) || onBoth(difference),
    reason: 'Names the log stream of its own resource id, which begins with the first measurement',
  },
  {
    fields: GROUP_STATUS,
    holds: copyIs('in-sync'),
    reason: 'The member of the copy runs with its group as it is',
  },
  {
    fields: /^memberAlarms\b/,
    holds: onlySource,
    reason: 'Watches a member of the replaced cluster, which keeps its name',
    afterwards: 'Point the alarm at the member of the new cluster that stands for it',
  },
  {
    fields: /^memberAlarms\b/,
    holds: onlyCopy,
    reason: 'Watches a member of the copy, before and after the cut-over',
  },
  ...RULES_OF_EVERY_KIND,
];

/** What a copied cluster may differ in from its source, and what it must say. */
export const CLUSTER_RULES: ComparisonRules = {
  explained: CLUSTER_DIFFERENCE_RULES,
  finished: [
    { fields: GROUP_STATUS, isFinished: (value) => value === 'in-sync' },
    {
      fields: /^(cluster|members(\.\w+|\[".+?"\]))\.VpcSecurityGroups\[.+\]\.Status$/,
      isFinished: (value) => value === 'active',
    },
    { fields: /^(cluster|members(\.\w+|\[".+?"\]))\.PendingModifiedValues\b/, isFinished: () => false },
  ],
};
