import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** SOP "Critical System Information": how long what is kept under each prefix is kept; everything else stays. */
const RETENTION_DAYS = { 'logs/': 30, 'diagnostics/': 30, 'configuration-backups/': 180 } as const;

/** Incident reports, diagnostics and configuration backups, every version of them, and who read them. */
export class ReportsBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, encryptionKey: Key) {
    super(scope, id);
    // S3 delivers access logs only to buckets that it encrypts with its own key.
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...privateBucket,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [expiry('access-logs', undefined, 90)],
    });
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket,
      encryption: BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: true,
      // The types of CDK do not know exactOptionalPropertyTypes.
      serverAccessLogsBucket: accessLogs as IBucket,
      lifecycleRules: Object.entries(RETENTION_DAYS).map(([prefix, days]) =>
        expiry(prefix.replace('/', ''), prefix, days),
      ),
    });
  }
}

const privateBucket = {
  versioned: true,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
} as const;

function expiry(id: string, prefix: string | undefined, days: number): LifecycleRule {
  return {
    id,
    ...(prefix !== undefined && { prefix }),
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(days),
    abortIncompleteMultipartUploadAfter: Duration.days(1),
  };
}
