import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { functionName } from '../../infra/aws/function-definition.ts';
import { loadConfiguration } from '../../infra/aws/load-configuration.ts';
import { TRADING_STATE_KEY } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import { grantsOf } from './statements.ts';
import { functionFiles, projectDirectory, resourcesOf, synthesize } from './synthesized.ts';

const template = synthesize('example');
const grants = grantsOf(template);
const functions = new Set(functionFiles().map(functionName));

/** Actions that AWS knows no resource for: the only ones that may name every resource. */
const withoutResource = [
  'cloudtrail:LookupEvents',
  'cloudwatch:GetMetricData',
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
  'rds:DescribeAccountAttributes',
  'states:ListStateMachines',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

function allowed(owner: string): string[] {
  return [...new Set(grants.filter((grant) => grant.owner === owner).map(({ action }) => action))].sort();
}

test('no action is a pattern', () => {
  expect(grants.filter(({ action }) => action.includes('*'))).toEqual([]);
});

test('every resource is named where AWS allows it', () => {
  const anything = grants.filter(
    ({ resource, action }) => resource === '*' && !withoutResource.includes(action),
  );
  const logDelivery = anything.filter(({ action }) => action.startsWith('logs:'));
  expect(anything.filter((grant) => !logDelivery.includes(grant))).toEqual([]);
  // Log delivery of Step Functions, and the account's role of API Gateway.
  expect(logDelivery.filter(({ owner }) => functions.has(owner))).toEqual([]);
});

test('nothing that holds data can be deleted: no database, snapshot, table, backup, bucket or object', () => {
  const deleting = grants.filter(({ action }) =>
    /^(rds|s3|dynamodb|backup):.*(Delete|Drop|Terminate|Purge)/i.test(action),
  );
  expect(deleting.filter(({ action }) => action !== 'dynamodb:DeleteItem')).toEqual([]);
});

test('the timeline is append-only: nobody may change or remove an item of it', () => {
  const onTimeline = grants.filter(({ resource }) => resource.includes('TablesTimeline'));
  expect([...new Set(onTimeline.map(({ action }) => action))].sort()).toEqual([
    'dynamodb:PutItem',
    'dynamodb:Query',
  ]);
});

test('only pointers, leases and waits of the control table go, by the functions that close, release and answer', () => {
  const deleting = grants.filter(({ action }) => action === 'dynamodb:DeleteItem');
  expect(deleting.map(({ owner }) => owner).sort()).toEqual([
    'AwaitInstance',
    'CheckAwaitedInstances',
    'CloseIncident',
    'ReleaseRecoveryLease',
  ]);
});

test('a role has its policy in itself and none of AWS', () => {
  for (const [id, { Properties }] of Object.entries(resourcesOf(template, 'AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns, id).toBeUndefined();
    expect(Properties.Policies, id).toHaveLength(1);
  }
  expect(resourcesOf(template, 'AWS::IAM::Policy')).toEqual({});
});

test('every function has a role of its own', () => {
  const roles = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(({ Properties }) =>
    JSON.stringify(Properties.Role),
  );
  expect(new Set(roles).size).toBe(functions.size);
});

describe('an Aurora cluster', () => {
  const { database } = loadConfiguration(cdkJson.context.environments, 'example', projectDirectory);
  const aurora = grantsOf(
    synthesize('example', {
      database: {
        ...database,
        kind: 'aurora-cluster',
        clusterParameterGroup: 'testudo-aurora17',
        replicas: [],
      },
    }),
  );
  const changing = aurora.filter(({ action }) =>
    /^rds:(Modify|Create|Restore|Reboot|Start|AddTags)/.test(action),
  );

  test('is changed as a whole; instances are made and changed as members of copies only', () => {
    const onInstances = changing.filter(({ resource }) => /:db:/.test(resource));
    expect(
      onInstances.filter(({ resource }) => !/:db:testudo-production-restored-\*$/.test(resource)),
    ).toEqual([]);
    expect([...new Set(onInstances.map(({ owner }) => owner))]).toEqual(['ConfigureRestoredDatabase']);
    const ofInstances = ['rds:RestoreDBInstanceToPointInTime', 'rds:StartDBInstance'];
    expect(aurora.filter(({ action }) => ofInstances.includes(action))).toEqual([]);
  });

  test('can be asked for by whoever asks for an instance, but for sizes, standbys and replicas, which instances alone have', () => {
    const whoMay = (found: typeof grants, action: string) =>
      new Set(found.filter((grant) => grant.action === action).map(({ owner }) => owner));
    const asksForInstances = whoMay(grants, 'rds:DescribeDBInstances');
    const asksForClusters = whoMay(aurora, 'rds:DescribeDBClusters');
    expect([...asksForInstances].filter((owner) => !asksForClusters.has(owner)).sort()).toEqual([
      'AssessHeadroom',
      'ChangeInstance',
      'FailOverDatabase',
      'PreflightPromotion',
      'PromoteReplica',
      'RecreateReplicas',
    ]);
  });

  test('is never deleted either, nor one of its members', () => {
    expect(aurora.filter(({ action }) => /^rds:.*Delete/.test(action))).toEqual([]);
  });
});

describe('who may do what matters most', () => {
  test('only the emergency endpoint and operators start the response', () => {
    const starters = grants.filter(
      ({ action, resource }) => action === 'states:StartExecution' && /IncidentResponse/.test(resource),
    );
    expect(starters.map(({ owner }) => owner).sort()).toEqual([
      'AlarmSignal',
      'EmergencyHalt',
      'OperatorPolicy',
    ]);
  });

  test('only the salvage signs in as the user that writes', () => {
    const writers = grants.filter(
      ({ action, resource }) => action === 'rds-db:connect' && resource.endsWith('/testudo_salvage'),
    );
    expect(writers.map(({ owner }) => owner).sort()).toEqual(['ApplySalvage', 'PlanSalvage']);
    expect(allowed('ApplySalvage')).not.toContain('s3:PutObject');
  });

  test('the functions behind the bearer token cannot resume or approve', () => {
    expect(allowed('EmergencyHalt')).not.toContain('states:SendTaskSuccess');
    expect(allowed('GetTradingState')).not.toContain('dynamodb:PutItem');
    const answering = grants.filter(({ action }) => action === 'states:SendTaskSuccess');
    const onWaits = answering.filter(({ resource }) => resource.endsWith('-await-database-instance'));
    const onPeople = answering.filter((grant) => !onWaits.includes(grant));
    expect([...new Set(onPeople.map(({ owner }) => owner))]).toEqual(['RecordApproval']);
    expect(onWaits.map(({ owner }) => owner).sort()).toEqual(['AwaitInstance', 'CheckAwaitedInstances']);
  });

  test('only what halts and what resumes may write the trading state', () => {
    const mayTouchTradingState = grants.filter(
      ({ resource, condition }) =>
        resource.includes('TablesControl') &&
        !isDeepStrictEqual(condition['ForAllValues:StringNotEquals'], {
          'dynamodb:LeadingKeys': [TRADING_STATE_KEY.pk],
        }),
    );
    for (const { owner, condition } of mayTouchTradingState)
      expect(condition, owner).toEqual({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [TRADING_STATE_KEY.pk] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      });
    const writers = mayTouchTradingState.filter(({ action }) => action !== 'dynamodb:GetItem');
    expect(writers.map(({ action, owner }) => `${owner} ${action}`).sort()).toEqual([
      'EmergencyHalt dynamodb:PutItem',
      'HaltTrading dynamodb:PutItem',
      'HaltWithoutIncident dynamodb:PutItem',
      'ResumeTrading dynamodb:PutItem',
    ]);
  });

  test('only the two functions of the bearer token read its secret, and only one those of the applications', () => {
    const readers = grants.filter(({ action }) => action.startsWith('secretsmanager:'));
    const [applications, token] = ['ProveApplicationSignIn', 'EmergencyHalt'].map((wanted) =>
      readers.filter(({ resource }) => resource === readers.find(({ owner }) => owner === wanted)?.resource),
    );
    expect(token?.map(({ owner }) => owner).sort()).toEqual(['EmergencyHalt', 'GetTradingState']);
    expect(applications?.map(({ owner }) => owner)).toEqual(['ProveApplicationSignIn']);
    expect(readers).toHaveLength(3);
  });

  test('only one function calls another, and that one alone', () => {
    const callers = grants.filter(
      ({ owner, action }) => action === 'lambda:InvokeFunction' && functions.has(owner),
    );
    expect(callers.map(({ owner, resource }) => `${owner} ${resource.split(':').at(-1)}`)).toEqual([
      'ProveApplicationSignIn testudo-recovery-SignInAsApplication',
    ]);
  });

  test('an operator may not touch data, roles or functions', () => {
    expect(allowed('OperatorPolicy')).toEqual([
      'execute-api:Invoke',
      'kms:Decrypt',
      's3:GetObject',
      's3:ListBucket',
      'states:DescribeExecution',
      'states:DescribeStateMachine',
      'states:GetExecutionHistory',
      'states:ListExecutions',
      'states:ListStateMachines',
      'states:StartExecution',
    ]);
  });
});
