import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { resourcesOf, synthesize } from './synthesized.ts';

const template = synthesize('example');

describe('tables', () => {
  test('are on demand, recoverable to any second, protected and kept', () => {
    template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    });
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  test('only the control table lets items expire', () => {
    const expiring = Object.entries(resourcesOf(template, 'AWS::DynamoDB::Table')).filter(
      ([, { Properties }]) => Properties.TimeToLiveSpecification !== undefined,
    );
    expect(expiring.map(([id]) => id)).toEqual([expect.stringContaining('Control')]);
    expect(expiring[0]?.[1].Properties.TimeToLiveSpecification).toEqual({
      AttributeName: 'expiresAtSeconds',
      Enabled: true,
    });
  });
});

describe('buckets', () => {
  test('keep every version, are private and refuse plain connections', () => {
    template.allResourcesProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('reports are encrypted with the customer key and never expire; logs go after 30 days, configuration after 180', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            Match.objectLike({
              ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }),
            }),
          ],
        },
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({ Prefix: 'logs/', ExpirationInDays: 30 }),
            Match.objectLike({ Prefix: 'diagnostics/', ExpirationInDays: 30 }),
            Match.objectLike({ Prefix: 'configuration-backups/', ExpirationInDays: 180 }),
          ],
        },
      }),
    });
  });
});

describe('topics', () => {
  test('are encrypted with the customer key and refuse plain connections', () => {
    template.resourceCountIs('AWS::SNS::Topic', 3);
    template.allResourcesProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    });
    template.allResourcesProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('CloudWatch may publish its alarms: topic and key say so, for this account alone', () => {
    const statement = (action: unknown) =>
      Match.objectLike({
        Action: action,
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([statement('sns:Publish')]) },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: { Statement: Match.arrayWith([statement(['kms:Decrypt', 'kms:GenerateDataKey'])]) },
    });
  });
});

test('the emergency token is made by Secrets Manager, long, by id, and outlives the stack', () => {
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      GenerateSecretString: {
        SecretStringTemplate: '{}',
        GenerateStringKey: 'primary',
        PasswordLength: 64,
        ExcludePunctuation: true,
      },
    }),
  });
});

test('every log group is kept for thirty days, also without the stack; a deployment that fails leaves none behind', () => {
  template.allResources('AWS::Logs::LogGroup', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: Match.objectLike({ RetentionInDays: 30 }),
  });
});
