import { randomBytes } from 'node:crypto';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { PAST_THE_FRONT_DOOR } from '../laptop/running-system.ts';
import type { Laptop } from '../laptop.ts';

/** Gives the trading services a new password, in the live database and in their secret, as a rotation does. */
export async function rotatePassword({
  account,
  services,
  platform,
  protectedPlatform,
}: Laptop): Promise<void> {
  const password = randomBytes(18).toString('base64url');
  const { user } = platform.tradingAccount;
  const client = new Client(platform.adminConnection());
  await client.connect();
  try {
    await client.query(`ALTER ROLE ${escapeIdentifier(user)} PASSWORD ${escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
  const secrets = new SecretsManagerClient({
    endpoint: services.secretsManager.address,
    region: account.region,
    credentials: PAST_THE_FRONT_DOOR,
  });
  try {
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: protectedPlatform.database.applicationSecrets[0].secretArn,
        SecretString: JSON.stringify({ username: user, password }),
      }),
    );
  } finally {
    secrets.destroy();
  }
}
