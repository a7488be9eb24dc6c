import { arn, arnOf, type JsonService, text } from './service.ts';

/** KMS, for what is asked of keys directly. A key may be named by id or ARN; permissions speak of its ARN. */
export const kms: JsonService = {
  signingName: 'kms',
  eventSource: 'kms.amazonaws.com',
  protocol: 'json',
  operations: {
    DescribeKey: (input, scope) => [
      {
        action: 'kms:DescribeKey',
        resource: arnOf(text(input, 'KeyId'), (id) => arn(scope, 'kms', `key/${id}`)),
      },
    ],
  },
};
