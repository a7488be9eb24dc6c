/** Pieces of templates as CDK synthesizes them. */

function functionResource(logicalId: string, environment: Readonly<Record<string, unknown>> = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: {
        S3Bucket: { 'Fn::Sub': `cdk-assets-\${AWS::AccountId}-\${AWS::Region}` },
        S3Key: `${logicalId}.zip`,
      },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 10,
      MemorySize: 256,
      Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
      Environment: { Variables: environment },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: `${logicalId}Logs` } },
    },
    DependsOn: [`${logicalId}Policy`],
  };
}

export function roleResource(service: string) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: service } }],
      },
    },
  };
}

export function policyResource(role: string, statements: readonly object[]) {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: `${role}Policy`,
      PolicyDocument: { Version: '2012-10-17', Statement: statements },
      Roles: [{ Ref: role }],
    },
  };
}

/** A function with its role, its log group and exactly the statements that are given, besides those for its logs. */
export function functionWithRole(
  logicalId: string,
  options: {
    readonly environment?: Readonly<Record<string, unknown>>;
    readonly statements?: readonly object[];
  } = {},
) {
  const logs = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::GetAtt': [`${logicalId}Logs`, 'Arn'] },
  };
  return {
    [logicalId]: functionResource(logicalId, options.environment),
    [`${logicalId}Role`]: roleResource('lambda.amazonaws.com'),
    [`${logicalId}Policy`]: policyResource(`${logicalId}Role`, [logs, ...(options.statements ?? [])]),
    [`${logicalId}Logs`]: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } },
  };
}

export const controlTable = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  },
  DeletionPolicy: 'Retain',
};

/** A table as CDK's `TableV2` makes it. */
export function globalTable(...regions: readonly string[]) {
  return {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: regions.map((region) => ({ Region: region, DeletionProtectionEnabled: true })),
    },
  };
}
