import { type Operation, startJsonService } from '../json-protocol/json-service.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { epochSeconds, requiredString } from '../json-protocol/wire-input.ts';

/** What a key can come to; how long a deletion is pending does not matter on the laptop. */
export const KEY_STATES = ['Enabled', 'Disabled', 'PendingDeletion'] as const;
type KeyState = (typeof KEY_STATES)[number];

/** KMS of the laptop: knows keys and their state, and encrypts nothing. */
export interface Kms {
  readonly address: string;
  /** Makes a key of the customer, enabled. */
  addKey(arn: string): void;
  /** Somebody disables a key, enables it again, or schedules its deletion. @throws {ServiceError} `NotFoundException` */
  put(arn: string, state: KeyState): void;
  /** Whether a service can use the key now; a key that is not here belongs to AWS and always can be. */
  isUsable(arn: string): boolean;
  close(): Promise<void>;
}

interface Key {
  readonly arn: string;
  readonly createdAt: Date;
  state: KeyState;
  /** Set while the deletion is pending. */
  deletedAt?: Date;
}

/** The shortest time for which KMS lets a deletion be pending (KMS Developer Guide, "Deleting AWS KMS keys"). */
const SHORTEST_PENDING_MILLIS = 7 * 86_400_000;

/** Starts the API (DescribeKey) on a free port of 127.0.0.1. */
export async function startKms(): Promise<Kms> {
  const keys = new Map<string, Key>();
  const find = (idOrArn: string): Key => {
    const key = keys.get(idOrArn) ?? [...keys.values()].find(({ arn }) => keyId(arn) === idOrArn);
    if (key === undefined) throw new ServiceError('NotFoundException', `Key '${idOrArn}' does not exist`);
    return key;
  };
  const service = await startJsonService({
    targetPrefix: 'TrentService',
    jsonVersion: '1.1',
    operations: { DescribeKey: describeKey(find) },
  });
  return {
    address: service.address,
    addKey: (arn) => {
      keys.set(arn, { arn, createdAt: new Date(), state: 'Enabled' });
    },
    put: (arn, state) => {
      const { createdAt } = find(arn);
      const deletedAt = new Date(Date.now() + SHORTEST_PENDING_MILLIS);
      keys.set(arn, { arn, createdAt, state, ...(state === 'PendingDeletion' && { deletedAt }) });
    },
    isUsable: (arn) => (keys.get(arn)?.state ?? 'Enabled') === 'Enabled',
    close: () => service.close(),
  };
}

function describeKey(find: (idOrArn: string) => Key): Operation {
  return (input) => {
    const { arn, state, createdAt, deletedAt } = find(requiredString(input, 'KeyId'));
    return {
      KeyMetadata: {
        AWSAccountId: arn.split(':')[4],
        Arn: arn,
        KeyId: keyId(arn),
        CreationDate: epochSeconds(createdAt),
        Enabled: state === 'Enabled',
        KeyState: state,
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        MultiRegion: false,
        ...(deletedAt && { DeletionDate: epochSeconds(deletedAt) }),
      },
    };
  };
}

function keyId(arn: string): string {
  return arn.slice(arn.indexOf(':key/') + ':key/'.length);
}
