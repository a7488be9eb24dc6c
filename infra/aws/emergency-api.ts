import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  CfnAccount,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Configuration } from './configuration.ts';
import { addProblemResponses } from './gateway-problems.ts';
import { acknowledgeWildcards, allowWildcard } from './statements.ts';
import { protectByFirewall } from './web-firewall.ts';

/** Path of the halt, whose limits are its own: polling the trading state never uses them up. */
const HALT_PATH = '/emergency/halt-trading';

/** The functions behind the routes, by name. */
export interface EmergencyApiProps {
  readonly configuration: Configuration;
  readonly functionOf: (name: string) => IFunction;
}

/**
 * The REST API. Bodies are validated by the functions, with the schemas that docs/openapi.yaml is made from: API Gateway's own
 * validator does not name the wrong field in a form that is sure to be JSON, and the halt must work without a body.
 */
export class EmergencyApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, { configuration, functionOf }: EmergencyApiProps) {
    super(scope, id);
    const { platformName, api: limits } = configuration;
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/${platformName}-recovery`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: `${platformName}-recovery`,
      description: 'Halts trading, tells the trading state, takes approvals',
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      deployOptions: {
        stageName: 'v1',
        tracingEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
        throttlingRateLimit: limits.requestsPerSecond,
        throttlingBurstLimit: limits.burstRequests,
        methodOptions: { [`${HALT_PATH}/POST`]: { throttlingRateLimit: 10, throttlingBurstLimit: 20 } },
      },
    });
    if (limits.accountLogsRole === 'create') {
      this.api.deploymentStage.node.addDependency(accountLogsRole(this));
    }
    addProblemResponses(this.api);
    protectByFirewall(this, this.api, HALT_PATH, limits.requestsPerFiveMinutesPerAddress);
    const validator = this.api.addRequestValidator('Parameters', {
      validateRequestParameters: true,
      validateRequestBody: true,
    });
    const route = (
      path: string,
      method: string,
      functionId: string,
      authorizationType: AuthorizationType,
    ) => {
      const resource = path.split('/').reduce<IResource>(childOf, this.api.root);
      const added = resource.addMethod(
        method,
        new LambdaIntegration(functionOf(functionId), { allowTestInvoke: false }),
        { authorizationType, requestValidator: validator },
      );
      acknowledge(added, 'AwsSolutions-COG4', 'Operators sign with IAM (SigV4); there are no Cognito users');
      if (authorizationType !== AuthorizationType.NONE) return;
      const reason =
        'The function checks a bearer token, which can only halt and read: SOP step 1.1 is one curl without AWS credentials';
      acknowledge(added, 'AwsSolutions-APIG4', reason);
    };
    route(HALT_PATH.slice(1), 'POST', 'EmergencyHalt', AuthorizationType.NONE);
    route('trading-state', 'GET', 'GetTradingState', AuthorizationType.NONE);
    route('incidents/{id}', 'GET', 'GetIncident', AuthorizationType.IAM);
    route('incidents/{id}/approvals', 'POST', 'RecordApproval', AuthorizationType.IAM);
  }
}

const accessLogFields = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseMillis: '$context.responseLatency',
  integrationMillis: '$context.integrationLatency',
  errorType: '$context.error.responseType',
};

function childOf(parent: IResource, part: string): IResource {
  return parent.getResource(part) ?? parent.addResource(part);
}

/** API Gateway developer guide, "Permissions for CloudWatch logging": one role for the account and region. */
function accountLogsRole(scope: Construct): CfnAccount {
  const statements = [
    allowWildcard(
      'One role writes the logs of every API of the account, and API Gateway refuses it with less',
      [
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:FilterLogEvents',
        'logs:GetLogEvents',
        'logs:PutLogEvents',
      ],
      ['*'],
    ),
  ];
  const role = new Role(scope, 'AccountLogsRole', {
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
  });
  acknowledgeWildcards(role, statements);
  const account = new CfnAccount(scope, 'Account', { cloudWatchRoleArn: role.roleArn });
  account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return account;
}
