import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_STATES, type Kms, startKms } from '../../../infra/local/kms/kms.ts';
import { describeStorageKey } from '../../../shared/database/kms.ts';

const ID = '0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d';
const ARN = `arn:aws:kms:eu-central-1:123456789012:key/${ID}`;

let kms: Kms;
let client: KMSClient;
beforeAll(async () => {
  kms = await startKms();
  kms.addKey(ARN);
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_KMS: kms.address,
  });
  client = new KMSClient({ maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await kms.close();
});

describe('a key', () => {
  it.each(KEY_STATES)('that is %s says so by its id and by its ARN', async (state) => {
    kms.put(ARN, state);
    for (const KeyId of [ID, ARN]) {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata).toMatchObject({
        Arn: ARN,
        KeyId: ID,
        KeyState: state,
        Enabled: state === 'Enabled',
      });
      expect(KeyMetadata?.DeletionDate instanceof Date).toBe(state === 'PendingDeletion');
    }
    expect(kms.isUsable(ARN)).toBe(state === 'Enabled');
    expect((await describeStorageKey(ARN)).usable).toBe(state === 'Enabled');
  });

  it('that is not here is not found, and is no key to restore under', async () => {
    await expect(client.send(new DescribeKeyCommand({ KeyId: `${ARN}0` }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    expect(await describeStorageKey(`${ARN}0`)).toEqual({ usable: false, found: 'no such key' });
  });
});
