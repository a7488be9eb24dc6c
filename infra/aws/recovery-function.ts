import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionDefinition, functionName } from './function-definition.ts';
import { acknowledgeWildcards, allow, allowWildcard } from './statements.ts';

/** Lambda refuses a larger environment (quotas page, "Environment variables"). */
const MAX_ENVIRONMENT_BYTES = 4096;

/** The environment of a function is larger than Lambda takes: the configuration names too many people or alarms. */
class EnvironmentTooLarge extends Error {
  override readonly name = 'EnvironmentTooLarge';
}

/** What a function needs besides its row of the table. */
export interface RecoveryFunctionProps {
  readonly definition: FunctionDefinition;
  /** Directory of the bundle, and the hash of its content. */
  readonly bundle: { readonly directory: string; readonly hash: string };
  readonly platformName: string;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
}

/** One Lambda function with a role and a log group of its own. The role has exactly the permissions that are written down here and in the table. */
export class RecoveryFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: RecoveryFunctionProps) {
    super(scope, id);
    const { definition, bundle, platformName, vpc, securityGroup } = props;
    const physicalName = `${platformName}-recovery-${functionName(definition.file)}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${physicalName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const statements = [
      ...definition.permissions,
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      allowWildcard('X-Ray knows no resource', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']),
      ...(definition.inDatabaseNetwork ? [networkInterfaces()] : []),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(role, statements);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: physicalName,
      code: Code.fromAsset(bundle.directory, { assetHash: bundle.hash }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: definition.memoryMebibytes,
      timeout: Duration.seconds(definition.timeoutSeconds),
      environment: environmentOf(definition),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      logGroup,
      // CDK would add broader statements and managed policies of its own.
      role: role.withoutPolicyUpdates(),
      ...(definition.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: definition.reservedConcurrency,
      }),
      ...(definition.inDatabaseNetwork && {
        vpc,
        vpcSubnets: { subnets: vpc.isolatedSubnets },
        securityGroups: [securityGroup],
      }),
    });
  }
}

/** Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC". */
function networkInterfaces() {
  return allowWildcard(
    'Lambda joins a VPC in the name of the function, by actions that know no resource',
    [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    ['*'],
  );
}

function environmentOf(definition: FunctionDefinition): Record<string, string> {
  const variables: Record<string, string> = Object.fromEntries(
    Object.entries(definition.environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const bytes = Object.entries(variables).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    throw new EnvironmentTooLarge(
      `${definition.file}: ${bytes} bytes of environment, Lambda takes ${MAX_ENVIRONMENT_BYTES}`,
    );
  }
  return definition.mapsStackTraces ? { ...variables, NODE_OPTIONS: '--enable-source-maps' } : variables;
}
