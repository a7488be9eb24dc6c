import { randomUUID } from 'node:crypto';
import type { SecretRegistrar, SecretRegistration } from '../deployer/registrars.ts';
import { type Operation, startJsonService, type WireInput } from '../json-protocol/json-service.ts';
import { ServiceError } from '../json-protocol/service-error.ts';
import { epochSeconds, optionalString, requiredString, stringList } from '../json-protocol/wire-input.ts';
import { type GenerateSecretString, generateSecret, UnsupportedSecret } from './generate-secret.ts';

/** Secrets Manager of the laptop. */
export interface SecretsManager extends SecretRegistrar {
  readonly address: string;
  close(): Promise<void>;
}

/** Starts the API on a free port of 127.0.0.1. */
export async function startSecretsManager(): Promise<SecretsManager> {
  const secrets = new Secrets();
  const service = await startJsonService({
    targetPrefix: 'secretsmanager',
    jsonVersion: '1.1',
    operations: operations(secrets),
  });
  return {
    address: service.address,
    registerSecret: (registration) => secrets.register(registration),
    close: () => service.close(),
  };
}

const current = 'AWSCURRENT';
const previous = 'AWSPREVIOUS';

interface Version {
  readonly id: string;
  readonly value: string;
  readonly createdAt: Date;
  stages: readonly string[];
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly versions: Map<string, Version>;
}

class Secrets {
  readonly #secrets: Secret[] = [];

  /** @throws UnsupportedSecret without a value to begin with */
  register({ name, arn, properties }: SecretRegistration): void {
    const { SecretString, GenerateSecretString, Description } = properties;
    const value =
      typeof SecretString === 'string'
        ? SecretString
        : generateSecret(name, generation(name, GenerateSecretString));
    const secret: Secret = {
      name,
      arn,
      description: typeof Description === 'string' ? Description : undefined,
      createdAt: new Date(),
      versions: new Map(),
    };
    this.#secrets.push(secret);
    this.put(secret, value, randomUUID(), [current]);
  }

  /** By name, ARN, or ARN without its random suffix. @throws ServiceError `ResourceNotFoundException` */
  find(secretId: string): Secret {
    const secret = this.#secrets.find(
      ({ name, arn }) => name === secretId || arn === secretId || arn.replace(/-\w{6}$/, '') === secretId,
    );
    if (secret !== undefined) return secret;
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  /** @throws ServiceError `ResourceNotFoundException` */
  version(secret: Secret, stage: string | undefined, versionId: string | undefined): Version {
    const version =
      versionId === undefined
        ? [...secret.versions.values()].find(({ stages }) => stages.includes(stage ?? current))
        : secret.versions.get(versionId);
    if (version !== undefined && (stage === undefined || version.stages.includes(stage))) return version;
    throw new ServiceError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${versionId === undefined ? `staging label: ${stage ?? current}` : `VersionId: ${versionId}`}`,
    );
  }

  /** Adds a version; its labels leave the versions that had them, and what was current becomes previous. */
  put(secret: Secret, value: string, versionId: string, stages: readonly string[]): Version {
    const same = secret.versions.get(versionId);
    if (same !== undefined) {
      if (same.value === value) return same;
      throw new ServiceError(
        'ResourceExistsException',
        `You can't modify the contents of an existing version: ${versionId}`,
      );
    }
    for (const version of secret.versions.values()) {
      const wasCurrent = version.stages.includes(current);
      const kept = version.stages.filter((label) => !stages.includes(label) && label !== previous);
      const isReplaced = wasCurrent && stages.includes(current);
      const staysPrevious = version.stages.includes(previous) && !stages.includes(current);
      version.stages = isReplaced || staysPrevious ? [...kept, previous] : kept;
    }
    const version = { id: versionId, value, createdAt: new Date(), stages };
    secret.versions.set(versionId, version);
    return version;
  }
}

function generation(name: string, value: unknown): GenerateSecretString {
  if (typeof value === 'object' && value !== null) return value;
  throw new UnsupportedSecret(name, 'needs SecretString or GenerateSecretString');
}

function operations(secrets: Secrets): Readonly<Record<string, Operation>> {
  return {
    GetSecretValue: (input) => {
      const secret = secrets.find(requiredString(input, 'SecretId'));
      const version = secrets.version(
        secret,
        optionalString(input, 'VersionStage'),
        optionalString(input, 'VersionId'),
      );
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        SecretString: version.value,
        VersionStages: version.stages,
        CreatedDate: epochSeconds(version.createdAt),
      };
    },
    PutSecretValue: (input) => {
      const secret = secrets.find(requiredString(input, 'SecretId'));
      const version = secrets.put(
        secret,
        requiredString(input, 'SecretString'),
        optionalString(input, 'ClientRequestToken') ?? randomUUID(),
        stagesOf(input),
      );
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
    },
    DescribeSecret: (input) => {
      const secret = secrets.find(requiredString(input, 'SecretId'));
      const labelled = [...secret.versions.values()].filter(({ stages }) => stages.length > 0);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Description: secret.description,
        CreatedDate: epochSeconds(secret.createdAt),
        VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, stages])),
      };
    },
  };
}

function stagesOf(input: WireInput): readonly string[] {
  const stages = stringList(input, 'VersionStages');
  return stages.length === 0 ? [current] : stages;
}
