/** An environment is like one that there is not, or that is like it in turn. */
export class UnknownEnvironment extends Error {
  override readonly name = 'UnknownEnvironment';
  /** The environment whose `like` is wrong; null when the one that was asked for is missing. */
  readonly namedBy: string | null;

  constructor(message: string, namedBy: string | null) {
    super(message);
    this.namedBy = namedBy;
  }
}

type Json = Readonly<Record<string, unknown>>;

/**
 * An environment of `cdk.json` with what it takes over from the one that it is `like`: keys of its own win, and objects are merged key
 * by key, so that an environment says only in what it differs. Lists are never merged.
 * @throws {UnknownEnvironment} naming what is missing.
 */
export function resolveEnvironment(environments: Json, name: string, namedBy: string[] = []): unknown {
  const [last] = namedBy;
  if (!Object.hasOwn(environments, name) || namedBy.includes(name)) {
    const names = Object.keys(environments).join(', ');
    throw new UnknownEnvironment(
      namedBy.includes(name) ? `${name} is like itself` : `is missing; there are: ${names}`,
      last ?? null,
    );
  }
  const environment = environments[name];
  if (!isObject(environment) || typeof environment.like !== 'string') return environment;
  const { like, ...own } = environment;
  return merged(resolveEnvironment(environments, like, [name, ...namedBy]), own);
}

function merged(base: unknown, own: unknown): unknown {
  if (!isObject(base) || !isObject(own)) return own;
  const both = Object.entries(own).map(([key, value]) => [
    key,
    key in base ? merged(base[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
