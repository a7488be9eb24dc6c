import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startJsonService } from '../../infra/local/json-protocol/json-service.ts';
import { ServiceError } from '../../infra/local/json-protocol/service-error.ts';
import { describeStorageKey } from '../../shared/database/kms.ts';

/** Answers for a key of this name, as KMS would. */
const answers: Readonly<Record<string, () => object>> = {
  'key/updating': () => ({ KeyMetadata: { KeyId: 'updating', KeyState: 'Updating' } }),
  'key/imported': () => ({ KeyMetadata: { KeyId: 'imported', KeyState: 'PendingImport' } }),
  'key/leaving': () => ({
    KeyMetadata: { KeyId: 'leaving', KeyState: 'PendingDeletion', DeletionDate: 1_770_000_000 },
  }),
  'key/closed': () => {
    throw new ServiceError('AccessDeniedException', 'is not authorized to perform: kms:DescribeKey');
  },
  'key/broken': () => {
    throw new ServiceError('KMSInternalException', 'try again', 500);
  },
};

let kms: RunningService;
beforeAll(async () => {
  kms = await startJsonService({
    targetPrefix: 'TrentService',
    jsonVersion: '1.1',
    operations: { DescribeKey: ({ KeyId }) => answers[String(KeyId)]?.() },
  });
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_KMS: kms.address,
  });
});
afterAll(() => kms.close());

describe('the key of the storage', () => {
  it.each([
    ['key/updating', true, 'a key that is Updating'],
    ['key/imported', false, 'a key that is PendingImport'],
    ['key/leaving', false, 'a key that is PendingDeletion until 2026-02-02T02:40:00.000Z'],
    ['key/closed', true, 'a key that does not let itself be asked'],
  ])('%s: usable is %s', async (keyArn, usable, found) => {
    expect(await describeStorageKey(keyArn)).toEqual({ usable, found });
  });

  it('is asked again when KMS fails inside', async () => {
    await expect(describeStorageKey('key/broken')).rejects.toMatchObject({ name: 'KMSInternalException' });
  });
});
