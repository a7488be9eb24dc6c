/**
 * What a caller must be allowed to do with the customer key of an encrypted resource, by the action it calls.
 * Sources: the encryption pages of SNS ("Key management"), SQS, S3 ("Using SSE-KMS"), DynamoDB ("Encryption at
 * rest: usage notes") and Secrets Manager ("Permissions for the KMS key").
 */
const keyActions: Readonly<Record<string, readonly string[]>> = {
  'sns:Publish': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
  's3:PutObject': ['kms:GenerateDataKey'],
  's3:GetObject': ['kms:Decrypt'],
  'secretsmanager:GetSecretValue': ['kms:Decrypt'],
  'secretsmanager:PutSecretValue': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'dynamodb:GetItem': ['kms:Decrypt'],
  'dynamodb:BatchGetItem': ['kms:Decrypt'],
  'dynamodb:Query': ['kms:Decrypt'],
  'dynamodb:Scan': ['kms:Decrypt'],
  'dynamodb:PutItem': ['kms:Decrypt'],
  'dynamodb:UpdateItem': ['kms:Decrypt'],
  'dynamodb:DeleteItem': ['kms:Decrypt'],
  'dynamodb:BatchWriteItem': ['kms:Decrypt'],
};

/** The KMS actions that AWS performs in the caller's name when `action` meets an encrypted resource. */
export function impliedKeyActions(action: string): readonly string[] {
  return keyActions[action] ?? [];
}
