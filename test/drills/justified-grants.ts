/** A permission of the template that no drill uses, and why the deployed system needs it all the same. */
export interface JustifiedGrant {
  /** Construct and action. */
  readonly grant: string;
  readonly reason: string;
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
    grant: 'BaselineSchedule sqs:SendMessage',
    reason: 'Dead letters: only when Lambda does not take the event of the schedule',
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
    grant: 'RequestApproval states:DescribeExecution',
    reason: 'Only when another execution asks for approval already: whether it still runs (test/incident)',
  },
  {
    grant: 'RetireSource rds:ModifyDBInstance',
    reason: 'Only when the source had no deletion protection: the old instance is evidence (test/database)',
  },
];
