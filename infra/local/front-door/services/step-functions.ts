import {
  type AccountScope,
  arn,
  type JsonObject,
  type JsonService,
  type Permission,
  text,
} from './service.ts';

/**
 * Step Functions. The reference lists no resource for the SendTask calls, but AWS evaluates them on the state
 * machine that waits for the token (messages of denied calls name it; aws/aws-cdk#8486), and so do we.
 */
export const stepFunctions: JsonService = {
  signingName: 'states',
  eventSource: 'states.amazonaws.com',
  protocol: 'json',
  operations: {
    StartExecution: onField('StartExecution', 'stateMachineArn'),
    StopExecution: onField('StopExecution', 'executionArn'),
    DescribeExecution: onField('DescribeExecution', 'executionArn'),
    GetExecutionHistory: onField('GetExecutionHistory', 'executionArn'),
    ListExecutions: onField('ListExecutions', 'stateMachineArn'),
    DescribeStateMachine: onField('DescribeStateMachine', 'stateMachineArn'),
    ListStateMachines: () => [{ action: 'states:ListStateMachines', resource: '*' }],
    SendTaskSuccess: onWaitingMachine('SendTaskSuccess'),
    SendTaskFailure: onWaitingMachine('SendTaskFailure'),
    SendTaskHeartbeat: onWaitingMachine('SendTaskHeartbeat'),
  },
};

function onField(operation: string, field: string) {
  return (input: JsonObject): readonly Permission[] => [
    { action: `states:${operation}`, resource: text(input, field) },
  ];
}

function onWaitingMachine(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => {
    const machine = scope.machineOfTaskToken?.(text(input, 'taskToken'));
    return [{ action: `states:${operation}`, resource: machine ?? arn(scope, 'states', 'stateMachine:*') }];
  };
}
