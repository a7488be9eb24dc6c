import { DescribeKeyCommand, type KeyMetadata, KMSClient } from '@aws-sdk/client-kms';
import { once } from '../lambda/once.ts';
import type { StorageKeyState } from './restore-preflight.ts';

const kms = once(() => new KMSClient({ maxAttempts: 3 }));

/** States in which a key encrypts and decrypts (KMS Developer Guide, "Key states of AWS KMS keys"). */
const USABLE = new Set(['Enabled', 'Updating']);

/**
 * What the key of the storage says of itself. A key that may not be asked is no reason to stop: its policy may let RDS use it in our
 * name and nothing else, and RDS refuses a restore under a key that it cannot use, before anything exists.
 */
export async function describeStorageKey(keyArn: string): Promise<StorageKeyState> {
  try {
    const { KeyMetadata } = await kms().send(new DescribeKeyCommand({ KeyId: keyArn }));
    return stateOf(KeyMetadata);
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotFoundException') return { usable: false, found: 'no such key' };
    if (name.startsWith('AccessDenied'))
      return { usable: true, found: 'a key that does not let itself be asked' };
    throw error;
  }
}

function stateOf(key: KeyMetadata | undefined): StorageKeyState {
  const { KeyState = 'unknown', DeletionDate } = key ?? {};
  const until = DeletionDate === undefined ? '' : ` until ${DeletionDate.toISOString()}`;
  return { usable: USABLE.has(KeyState), found: `a key that is ${KeyState}${until}` };
}
