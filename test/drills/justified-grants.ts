/** A permission of the template that no drill uses, and why the deployed system needs it all the same. */
export interface JustifiedGrant {
  /** Construct and action. */
  readonly grant: string;
  readonly reason: string;
  /** Whether timing decides if a drill uses it: then neither use nor disuse is a fault. */
  readonly dependsOnTiming?: true;
}

export const justifiedGrants: readonly JustifiedGrant[] = [
  {
    grant: 'AcquireRecoveryLease dynamodb:GetItem',
    reason: 'Only when another recovery holds the lease: whose it is (test/database)',
  },
  {
    grant: 'AcquireRecoveryLease states:DescribeExecution',
    reason: 'Only when another recovery holds the lease: whether it still runs (test/database)',
  },
  {
    grant: 'AwaitInstance dynamodb:DeleteItem',
    reason: 'Only when an instance is ready at the first look (test/database)',
    dependsOnTiming: true,
  },
  {
    grant: 'AwaitInstance states:SendTaskSuccess',
    reason: 'Only when an instance is ready at the first look (test/database)',
    dependsOnTiming: true,
  },
  {
    grant: 'AwaitInstance states:SendTaskFailure',
    reason: 'Only when an instance that is awaited has failed already at the first look (test/database)',
    dependsOnTiming: true,
  },
  {
    grant: 'AwaitedInstancesSchedule sqs:SendMessage',
    reason: 'Dead letters: only when Lambda does not take the event of the schedule',
  },
  {
    grant: 'BaselineSchedule sqs:SendMessage',
    reason: 'Dead letters: only when Lambda does not take the event of the schedule',
  },
  {
    grant: 'CheckAwaitedInstances sqs:SendMessage',
    reason: 'Dead letters: only when the look itself fails',
  },
  {
    grant: 'CheckAwaitedInstances states:SendTaskFailure',
    reason: 'Only when an instance fails, or is overdue, after the first look (test/database)',
    dependsOnTiming: true,
  },
  {
    grant: 'FingerprintSchedule sqs:SendMessage',
    reason: 'Dead letters: only when Lambda does not take the event of the schedule',
  },
  {
    grant: 'ConfigureRestoredDatabase kms:CreateGrant',
    reason: 'RDS asks for it when a change makes something new that is encrypted, e.g. a standby',
  },
  {
    grant: 'ConfigureRestoredDatabase kms:DescribeKey',
    reason: 'RDS asks for it when a change makes something new that is encrypted, e.g. a standby',
  },
  {
    grant: 'CompareRestoredDatabase rds:DescribeDBClusterParameters',
    reason: 'Only when the copy of a cluster has another cluster parameter group (test/database)',
  },
  {
    grant: 'DeregisterSource rds:DescribeDBClusters',
    reason: 'A cluster is cut over by its name: the step is for clients that go through a proxy',
  },
  {
    grant: 'RegisterRestored rds:DescribeDBClusters',
    reason: 'A cluster is cut over by its name: the step is for clients that go through a proxy',
  },
  {
    grant: 'RetireSource rds:ModifyDBCluster',
    reason: 'Only when the source had no deletion protection: the old cluster is evidence (test/database)',
  },
  {
    grant: 'OpenIncident dynamodb:UpdateItem',
    reason: 'Only when a graver signal raises the severity of an open incident (test/incident)',
  },
  {
    grant: 'RecordBaseline sqs:SendMessage',
    reason: 'Dead letters: only when the probe itself fails, which a dead database does not make it do',
  },
  {
    grant: 'RecordFingerprints sqs:SendMessage',
    reason: 'Dead letters: only when the ledger is broken or cannot be written (test/database)',
  },
  {
    grant: 'ChooseRestorePoint dynamodb:UpdateItem',
    reason: 'Only when silence takes a proposed restore point: its round is closed (test/database)',
  },
  {
    grant: 'ProposeRestorePoint states:DescribeExecution',
    reason: 'Only when another execution waits for approvals: whether it still runs (test/incident)',
  },
  {
    grant: 'RequestInstanceChange states:DescribeExecution',
    reason: 'Only when another execution asks for approval already: whether it still runs (test/incident)',
  },
  {
    grant: 'RequestSalvageApproval states:DescribeExecution',
    reason: 'Only when another execution asks for approval already: whether it still runs (test/incident)',
  },
  {
    grant: 'RetireSource rds:ModifyDBInstance',
    reason: 'Only when the source had no deletion protection: the old instance is evidence (test/database)',
  },
  {
    grant: 'RestorableTimeSchedule sqs:SendMessage',
    reason: 'Dead letters: only when Lambda does not take the event of the schedule',
  },
  {
    grant: 'WatchRestorableTime sqs:SendMessage',
    reason: 'Dead letters: only when RDS cannot be asked',
  },
  {
    grant: 'ProbeConnection dynamodb:PutItem',
    reason:
      'It writes its failure alone, or what it takes up: in no drill does either happen (test/database)',
  },
  {
    grant: 'ReadExchangePositions dynamodb:PutItem',
    reason: 'It writes its failure alone, and hands on an exchange that cannot be asked as unknown',
  },
  {
    grant: 'RollBackCutOver dynamodb:PutItem',
    reason:
      'It writes its failure alone, or what it takes up: in no drill does either happen (test/database)',
  },
  {
    grant: 'ProveSourceDown rds-db:connect',
    reason: 'Only when a database that was given up for lost answers all the same (test/database)',
  },
  {
    grant: 'RecreateReplicas kms:CreateGrant',
    reason: 'RDS asks for it with the permissions of who makes a replica; the laptop asks only for a restore',
  },
  {
    grant: 'RecreateReplicas kms:DescribeKey',
    reason: 'RDS asks for it with the permissions of who makes a replica; the laptop asks only for a restore',
  },
  {
    grant: 'ResumeTrading dynamodb:GetItem',
    reason: 'Of the trading state: only when it changed since the proof (test/trading)',
  },
];
