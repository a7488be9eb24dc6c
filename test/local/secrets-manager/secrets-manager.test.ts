import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type SecretsManager,
  startSecretsManager,
} from '../../../infra/local/secrets-manager/secrets-manager.ts';

let secrets: SecretsManager;
let client: SecretsManagerClient;
beforeAll(async () => {
  secrets = await startSecretsManager();
  client = new SecretsManagerClient({
    endpoint: secrets.address,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
});
afterAll(async () => {
  client.destroy();
  await secrets.close();
});

const register = (name: string, properties: object) => {
  const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbC123`;
  secrets.registerSecret({ name, arn, properties: { ...properties } });
  return arn;
};
const read = (SecretId: string, VersionStage?: string) =>
  client.send(new GetSecretValueCommand({ SecretId, ...(VersionStage ? { VersionStage } : {}) }));

describe('a secret', () => {
  it('is read by name, by ARN and by ARN without its suffix', async () => {
    const arn = register('fixed', { SecretString: '{"token":"a"}' });
    for (const id of ['fixed', arn, arn.slice(0, -7)]) {
      expect(await read(id)).toMatchObject({ ARN: arn, Name: 'fixed', SecretString: '{"token":"a"}' });
    }
  });

  it('keeps the value before as AWSPREVIOUS, and no other', async () => {
    register('rotated', { SecretString: 'one' });
    for (const SecretString of ['two', 'three']) {
      await client.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString }));
    }
    expect((await read('rotated')).SecretString).toBe('three');
    expect((await read('rotated', 'AWSPREVIOUS')).SecretString).toBe('two');
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'rotated' }));
    expect(Object.values(VersionIdsToStages ?? {}).sort()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('holds a pending value apart from the current one', async () => {
    register('pending', { SecretString: 'one' });
    const pending = { SecretId: 'pending', SecretString: 'two', VersionStages: ['AWSPENDING'] };
    await client.send(new PutSecretValueCommand(pending));
    expect((await read('pending')).SecretString).toBe('one');
    expect((await read('pending', 'AWSPENDING')).SecretString).toBe('two');
  });

  it('takes the same version twice, but not with another value', async () => {
    register('repeated', { SecretString: 'one' });
    const ClientRequestToken = '11111111-2222-3333-4444-555555555555';
    const put = (SecretString: string) =>
      client.send(new PutSecretValueCommand({ SecretId: 'repeated', SecretString, ClientRequestToken }));
    expect((await put('two')).VersionId).toBe(ClientRequestToken);
    await put('two');
    await expect(put('three')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('that does not exist, or has no value at a stage, is not found', async () => {
    register('young', { SecretString: 'one' });
    await expect(read('absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(read('young', 'AWSPREVIOUS')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a generated secret', () => {
  it('has the length and characters that are asked for, at least one of each kind', async () => {
    register('plain', { GenerateSecretString: { PasswordLength: 12, ExcludePunctuation: true } });
    const { SecretString = '' } = await read('plain');
    expect(SecretString).toMatch(/^[A-Za-z0-9]{12}$/);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/]) expect(SecretString).toMatch(kind);
  });

  it('goes into its template under its key', async () => {
    register('templated', {
      GenerateSecretString: {
        SecretStringTemplate: '{"user":"emergency"}',
        GenerateStringKey: 'token',
        ExcludeCharacters: '"@/\\',
      },
    });
    const value = JSON.parse((await read('templated')).SecretString ?? '');
    expect(value).toEqual({ user: 'emergency', token: expect.stringMatching(/^[^"@/\\]{32}$/) });
  });

  it('is refused without a value, or without characters to choose from', () => {
    expect(() => register('empty', {})).toThrow(/'empty': needs SecretString or GenerateSecretString/);
    const nothing = {
      ExcludeLowercase: true,
      ExcludeUppercase: true,
      ExcludeNumbers: true,
      ExcludePunctuation: true,
    };
    expect(() => register('nothing', { GenerateSecretString: nothing })).toThrow(/no character/);
  });
});
