import { Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { executionsArn, type StateMachines } from './state-machines.ts';
import { acknowledgeWildcards, allow, allowWildcard } from './statements.ts';

/** What an operator works with. */
export interface OperatorPolicyProps {
  readonly platformName: string;
  readonly api: RestApi;
  readonly stateMachines: StateMachines;
  readonly reportsBucket: Bucket;
  readonly encryptionKey: Key;
}

/**
 * What a person on call may do: start a response, a recovery of the database, a salvage or a resumption, watch every execution, read
 * incidents and reports, and decide on approvals. It is attached to people and their roles outside this stack, so it must be a policy
 * of its own.
 */
export function operatorPolicy(scope: Construct, props: OperatorPolicyProps): ManagedPolicy {
  const { platformName, api, stateMachines, reportsBucket, encryptionKey } = props;
  const startable = [
    'IncidentResponse',
    'DatabaseRecovery',
    'PointInTimeRestore',
    'DataSalvage',
    'ServiceResumption',
  ].map((id) => stateMachines.get(id).stateMachineArn);
  const statements = [
    allowWildcard(
      'An incident is named when it opens',
      ['execute-api:Invoke'],
      [
        api.arnForExecuteApi('GET', '/incidents/*', 'v1'),
        api.arnForExecuteApi('POST', '/incidents/*/approvals', 'v1'),
      ],
    ),
    allow(['states:StartExecution'], startable),
    allow(
      ['states:DescribeStateMachine', 'states:ListExecutions'],
      [...stateMachines.all.values()].map(({ stateMachineArn }) => stateMachineArn),
    ),
    allowWildcard(
      'An execution is named when it starts',
      ['states:DescribeExecution', 'states:GetExecutionHistory'],
      [...stateMachines.all.keys()].map((id) => executionsArn(scope, platformName, id)),
    ),
    allowWildcard(
      'Reports are named after the incident',
      ['s3:GetObject'],
      [reportsBucket.arnForObjects('*')],
    ),
    allow(['s3:ListBucket'], [reportsBucket.bucketArn]),
    allow(['kms:Decrypt'], [encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${Stack.of(scope).region}.amazonaws.com` },
    }),
    allowWildcard(
      'The console lists state machines, and listing knows no resource',
      ['states:ListStateMachines'],
      ['*'],
    ),
  ];
  const policy = new ManagedPolicy(scope, 'OperatorPolicy', {
    managedPolicyName: `${platformName}-recovery-operator`,
    description: 'Starts, watches and approves recoveries',
    statements,
  });
  acknowledgeWildcards(policy, statements);
  return policy;
}
