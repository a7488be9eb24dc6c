import {
  type AccountScope,
  arn,
  arnOf,
  type JsonObject,
  type JsonService,
  type Permission,
  text,
} from './service.ts';

/** Secrets Manager. A secret may be named by name, by ARN, or by ARN without the random suffix. */
export const secretsManager: JsonService = {
  signingName: 'secretsmanager',
  eventSource: 'secretsmanager.amazonaws.com',
  protocol: 'json',
  operations: {
    GetSecretValue: onSecret('GetSecretValue'),
    PutSecretValue: onSecret('PutSecretValue'),
    DescribeSecret: onSecret('DescribeSecret'),
  },
};

function onSecret(operation: string) {
  return (input: JsonObject, scope: AccountScope): readonly Permission[] => [
    {
      action: `secretsmanager:${operation}`,
      resource: arnOf(
        text(input, 'SecretId'),
        (name) => scope.secretArn?.(name) ?? arn(scope, 'secretsmanager', `secret:${name}`),
      ),
    },
  ];
}
