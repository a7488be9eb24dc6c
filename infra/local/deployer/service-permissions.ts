import { arnIn, type DeploymentContext } from './resource-type.ts';

/**
 * Permissions that AWS services use in the name of a role, without a call that the front door would see. They are
 * asked for when everything is deployed: a missing one fails the deployment here, while AWS would refuse the
 * function (VPC, dead-letter queue) or silently write no logs and traces.
 */
export interface FunctionRuntimeNeeds {
  readonly roleArn: string;
  readonly logGroupName: string;
  readonly inVpc: boolean;
  readonly traced: boolean;
  readonly failureTargetArn?: string;
}

/** Lambda developer guide, "Giving Lambda functions access to resources in a VPC": execution role. */
const networkInterfaceActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** X-Ray developer guide, "AWS managed policies": AWSXRayDaemonWriteAccess, as far as Lambda uses it. */
const functionTraceActions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

/** Step Functions developer guide, "IAM policies for logging to CloudWatch Logs". */
const logDeliveryActions = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

/** Step Functions developer guide, "X-Ray and Step Functions". */
const machineTraceActions = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];

/** @throws AccessDenied naming the role and the first action that is missing. */
export function requireFunctionPermissions(context: DeploymentContext, needs: FunctionRuntimeNeeds): void {
  const group = `arn:aws:logs:${context.region}:${context.accountId}:log-group:${needs.logGroupName}`;
  ask(context, needs.roleArn, ['logs:CreateLogStream'], `${group}:log-stream:`);
  ask(context, needs.roleArn, ['logs:PutLogEvents'], `${group}:log-stream:laptop`);
  if (needs.inVpc) {
    ask(context, needs.roleArn, networkInterfaceActions, '*');
  }
  if (needs.traced) {
    ask(context, needs.roleArn, functionTraceActions, '*');
  }
  if (needs.failureTargetArn) {
    const action = needs.failureTargetArn.split(':')[2] === 'sqs' ? 'sqs:SendMessage' : 'sns:Publish';
    ask(context, needs.roleArn, [action], needs.failureTargetArn);
  }
}

/** Step Functions developer guide, "IAM policies for nested workflows": it waits for children by a rule of its own. */
const childRuleActions = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'];
const childRuleName = 'StepFunctionsGetEventsForStepFunctionsExecutionRule';

/** What Step Functions does in the name of a machine's role. */
export interface MachineNeeds {
  readonly roleArn: string;
  readonly logged: boolean;
  readonly traced: boolean;
  /** Whether a state starts another machine and waits for it (`startExecution.sync`). */
  readonly waitsForChildren: boolean;
}

/** @throws AccessDenied naming the role and the first action that is missing. */
export function requireMachinePermissions(context: DeploymentContext, needs: MachineNeeds): void {
  ask(
    context,
    needs.roleArn,
    needs.waitsForChildren ? childRuleActions : [],
    arnIn(context, 'events', `rule/${childRuleName}`),
  );
  ask(context, needs.roleArn, needs.logged ? logDeliveryActions : [], '*');
  ask(context, needs.roleArn, needs.traced ? machineTraceActions : [], '*');
}

function ask(
  context: DeploymentContext,
  principal: string,
  actions: readonly string[],
  resource: string,
): void {
  for (const action of actions) {
    context.authorizer.authorize({ principal, action, resource });
  }
}
