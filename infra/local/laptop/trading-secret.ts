import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { TradingAccount } from '../platform/prepare-platform.ts';
import type { Account } from './account.ts';
import { PAST_THE_FRONT_DOOR } from './running-system.ts';
import type { Services } from './services.ts';

/** The platform's own secret, which exists before anything is deployed. */
export async function storeTradingSecret(
  { secretsManager }: Services,
  secretArn: string,
  { user, password }: TradingAccount,
): Promise<void> {
  await secretsManager.registerSecret({
    name: secretArn.slice(secretArn.indexOf(':secret:') + ':secret:'.length).replace(/-\w{6}$/, ''),
    arn: secretArn,
    properties: { SecretString: JSON.stringify({ username: user, password }) },
  });
}

/** Asks for the present password, as the trading services do before each connection. */
export function tradingPassword(
  account: Account,
  { secretsManager }: Services,
  secretArn: string,
): () => Promise<string> {
  return async () => {
    const client = new SecretsManagerClient({
      endpoint: secretsManager.address,
      region: account.region,
      credentials: PAST_THE_FRONT_DOOR,
    });
    try {
      const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      return (JSON.parse(SecretString) as { password: string }).password;
    } finally {
      client.destroy();
    }
  };
}
