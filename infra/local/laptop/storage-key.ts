import type { Account } from './account.ts';
import type { Services } from './services.ts';

/** The key of the platform's storage, which is there before anything is deployed; its policy lets the account decide who may use it. */
export function addStorageKey(account: Account, { kms }: Services, keyArn: string): void {
  kms.addKey(keyArn);
  account.authorizer.attachResourcePolicy(keyArn, 'StorageKey', {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account.accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}
