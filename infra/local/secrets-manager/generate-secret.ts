import { randomInt } from 'node:crypto';

/** A secret whose properties the laptop cannot follow. */
export class UnsupportedSecret extends Error {
  override readonly name = 'UnsupportedSecret';

  constructor(secret: string, reason: string) {
    super(`Secret '${secret}': ${reason}`);
  }
}

/** `GenerateSecretString` of AWS::SecretsManager::Secret. */
export interface GenerateSecretString {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

/** A secret value as GenerateSecretString asks for it. @throws UnsupportedSecret when no such value exists */
export function generateSecret(secret: string, wanted: GenerateSecretString): string {
  const password = randomPassword(secret, wanted);
  const { SecretStringTemplate, GenerateStringKey } = wanted;
  if ((SecretStringTemplate === undefined) !== (GenerateStringKey === undefined)) {
    throw new UnsupportedSecret(secret, 'SecretStringTemplate and GenerateStringKey go together');
  }
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password;
  return JSON.stringify({ ...(JSON.parse(SecretStringTemplate) as object), [GenerateStringKey]: password });
}

function randomPassword(secret: string, wanted: GenerateSecretString): string {
  const excluded = new Set(wanted.ExcludeCharacters ?? '');
  const included = (characters: string, isExcluded: boolean | undefined) =>
    isExcluded === true ? [] : [...characters].filter((character) => !excluded.has(character));
  const types = [
    included('abcdefghijklmnopqrstuvwxyz', wanted.ExcludeLowercase),
    included('ABCDEFGHIJKLMNOPQRSTUVWXYZ', wanted.ExcludeUppercase),
    included('0123456789', wanted.ExcludeNumbers),
    included('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', wanted.ExcludePunctuation),
    included(' ', wanted.IncludeSpace !== true),
  ].filter((characters) => characters.length > 0);
  const length = wanted.PasswordLength ?? 32;
  const required = wanted.RequireEachIncludedType === false ? [] : types.map(pick);
  if (types.length === 0 || required.length > length) {
    throw new UnsupportedSecret(secret, 'GenerateSecretString leaves no character to choose');
  }
  const all = types.flat();
  const rest = Array.from({ length: length - required.length }, () => pick(all));
  return shuffled([...required, ...rest]).join('');
}

function pick(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] ?? '';
}

function shuffled(characters: string[]): readonly string[] {
  return characters
    .map((character) => ({ character, order: randomInt(2 ** 32) }))
    .sort((a, b) => a.order - b.order)
    .map(({ character }) => character);
}
