import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { physicalName } from '../physical-name.ts';
import { at, optionalText, text } from '../property-reader.ts';
import type { ResourceType } from '../resource-type.ts';
import { customerKey } from './keys.ts';
import { standInClientConfig } from './stand-in-client.ts';

/** AWS::S3::Bucket. Objects have one version here, and live as long as the laptop runs. */
export const bucket: ResourceType = {
  type: 'AWS::S3::Bucket',
  properties: [
    'BucketName',
    'BucketEncryption',
    'AccessControl',
    'LifecycleConfiguration',
    'LoggingConfiguration',
    'ObjectLockConfiguration',
    'ObjectLockEnabled',
    'OwnershipControls',
    'PublicAccessBlockConfiguration',
    'VersioningConfiguration',
    'Tags',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'BucketName') ?? physicalName(resource, context, 63).toLowerCase();
    const client = new S3Client(standInClientConfig(context, context.standIns.s3));
    try {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    } finally {
      client.destroy();
    }
    const arn = `arn:aws:s3:::${name}`;
    const rule = 'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault';
    const key = customerKey(context, optionalText(resource, `${rule}.KMSMasterKeyID`));
    if (key) {
      context.authorizer.encrypt(arn, key);
    }
    return {
      ref: name,
      attributes: {
        Arn: arn,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${context.region}.amazonaws.com`,
      },
    };
  },
};

/** AWS::S3::BucketPolicy */
export const bucketPolicy: ResourceType = {
  type: 'AWS::S3::BucketPolicy',
  properties: ['Bucket', 'PolicyDocument'],
  create(resource, context) {
    const arn = `arn:aws:s3:::${text(resource, 'Bucket')}`;
    context.authorizer.attachResourcePolicy(arn, resource.logicalId, at(resource, 'PolicyDocument'));
    return { ref: resource.logicalId, attributes: {} };
  },
};
