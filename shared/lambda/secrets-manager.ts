import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { once } from './once.ts';

const secretsManager = once(() => new SecretsManagerClient({ maxAttempts: 3 }));

/** The text of a secret's current version. Throws the SDK's errors. */
export async function secretText(secretId: string): Promise<string> {
  const { SecretString } = await secretsManager().send(new GetSecretValueCommand({ SecretId: secretId }));
  if (SecretString === undefined) throw new TypeError(`Secret ${secretId} holds no text`);
  return SecretString;
}
