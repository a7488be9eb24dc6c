import { SFN } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inAccount,
  type PermissionCase,
  type PermissionsRig,
  startPermissionsRig,
} from './permissions-rig.ts';

let rig: PermissionsRig;

beforeAll(async () => {
  rig = await startPermissionsRig();
});

afterAll(() => rig.close());

const machine = inAccount('states', 'stateMachine:restore');
const execution = inAccount('states', 'execution:restore:one');

const cases: readonly PermissionCase[] = [
  [
    'StartExecution',
    (config) => new SFN(config).startExecution({ stateMachineArn: machine }),
    [`states:StartExecution ${machine}`],
  ],
  [
    'ListExecutions',
    (config) => new SFN(config).listExecutions({ stateMachineArn: machine }),
    [`states:ListExecutions ${machine}`],
  ],
  [
    'DescribeExecution',
    (config) => new SFN(config).describeExecution({ executionArn: execution }),
    [`states:DescribeExecution ${execution}`],
  ],
  [
    'GetExecutionHistory',
    (config) => new SFN(config).getExecutionHistory({ executionArn: execution }),
    [`states:GetExecutionHistory ${execution}`],
  ],
  [
    'SendTaskSuccess asks for the machine that waits',
    (config) => new SFN(config).sendTaskSuccess({ taskToken: 'token-1', output: '{}' }),
    [`states:SendTaskSuccess ${machine}`],
  ],
  [
    'SendTaskFailure of an unknown token asks for any machine',
    (config) => new SFN(config).sendTaskFailure({ taskToken: 'gone' }),
    [`states:SendTaskFailure ${inAccount('states', 'stateMachine:*')}`],
  ],
];

describe('the permissions that a call of Step Functions needs', () => {
  it.each(cases)('%s', async (_name, send, asks) => {
    expect(await rig.asked(send)).toEqual(asks);
  });
});
