import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Account } from './account.ts';
import type { DeployedSystem } from './deployed-system.ts';
import type { Services } from './services.ts';

/** The stand-ins trust whoever comes past the front door: what the laptop does for the platform is not the recovery's doing. */
export const PAST_THE_FRONT_DOOR = { accessKeyId: 'laptop', secretAccessKey: 'laptop' };

/** The probe could not look at the database that was just started. */
class FirstBaselineFailed extends Error {
  override readonly name = 'FirstBaselineFailed';
}

/**
 * Takes the first baseline, and from then on lets schedules and alarms run: an alarm that takes silence for trouble must not hear
 * the silence of a system that is still being started.
 * @throws {FirstBaselineFailed}
 */
export async function startWatching(services: Services, system: DeployedSystem): Promise<void> {
  const look = (name: string) => services.lambdaHost.invoke(system.functions[name] ?? '', '{}');
  const [{ payload, functionError }] = await Promise.all([
    look('RecordBaseline'),
    look('WatchRestorableTime'),
  ]);
  const { good, reasons } = JSON.parse(payload) as { good?: boolean; reasons?: string[] };
  if (functionError !== undefined || good !== true) {
    throw new FirstBaselineFailed(reasons?.join('; ') || payload);
  }
  services.eventBridge.startSchedules();
  services.scheduler.startSchedules();
  services.cloudWatch.startEvaluation();
}

/** A platform that is protected from its first day on has a trading state; without one nobody may trade. */
export async function startTrading(
  account: Account,
  services: Services,
  system: DeployedSystem,
): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: services.standIns.dynamodb,
    region: account.region,
    credentials: PAST_THE_FRONT_DOOR,
  });
  const now = new Date();
  try {
    await DynamoDBDocumentClient.from(client).send(
      new PutCommand({
        TableName: system.controlTable,
        Item: {
          pk: 'trading-state',
          sk: 'global',
          state: 'ACTIVE',
          epoch: now.getTime(),
          changedAt: now.toISOString(),
          changedBy: { kind: 'machine', id: 'laptop' },
          reason: 'The platform begins to trade',
          incidentId: null,
        },
      }),
    );
  } finally {
    client.destroy();
  }
}

/** The token that the emergency endpoint takes, as an administrator would read it from Secrets Manager. */
export async function readEmergencyToken(
  account: Account,
  services: Services,
  system: DeployedSystem,
): Promise<string> {
  const client = new SecretsManagerClient({
    endpoint: services.secretsManager.address,
    region: account.region,
    credentials: PAST_THE_FRONT_DOOR,
  });
  try {
    const { SecretString = '{}' } = await client.send(
      new GetSecretValueCommand({ SecretId: system.emergencyTokenSecret }),
    );
    const [token = ''] = Object.values(JSON.parse(SecretString) as Record<string, string>);
    return token;
  } finally {
    client.destroy();
  }
}
