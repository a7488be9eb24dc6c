import type { Resource } from './resource-type.ts';

/** A property is missing, of another kind, or not supported on the laptop. */
export class InvalidProperty extends Error {
  override readonly name = 'InvalidProperty';
}

/** @throws InvalidProperty when the property is absent or no text. */
export function text(resource: Resource, path: string): string {
  const value = optionalText(resource, path);
  if (value === undefined) {
    throw invalid(path, 'is required');
  }
  return value;
}

/** Numbers and booleans count as their text, as in CloudFormation. */
export function optionalText(resource: Resource, path: string): string | undefined {
  const value = at(resource, path);
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw invalid(path, `expected text, found ${JSON.stringify(value)}`);
}

/** @throws InvalidProperty when the property is there and no number. */
export function optionalNumber(resource: Resource, path: string): number | undefined {
  const value = optionalText(resource, path);
  if (value !== undefined && Number.isNaN(Number(value))) {
    throw invalid(path, `expected a number, found "${value}"`);
  }
  return value === undefined ? undefined : Number(value);
}

/** A list of texts; empty when absent. */
export function textList(resource: Resource, path: string): readonly string[] {
  return list(resource, path).map((item) => {
    if (typeof item !== 'string') {
      throw invalid(path, `expected texts, found ${JSON.stringify(item)}`);
    }
    return item;
  });
}

/** A list of objects; empty when absent. */
export function recordList(resource: Resource, path: string): readonly Record<string, unknown>[] {
  return list(resource, path).map((item) => {
    if (typeof item !== 'object' || item === null) {
      throw invalid(path, `expected objects, found ${JSON.stringify(item)}`);
    }
    return item as Record<string, unknown>;
  });
}

/** The value at a path such as `LoggingConfig.LogGroup`. */
export function at(resource: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      resource.properties,
    );
}

/** Names the property; the deployment adds which resource it is of. */
export function invalid(path: string, problem: string): InvalidProperty {
  return new InvalidProperty(`${path}: ${problem}`);
}

function list(resource: Resource, path: string): readonly unknown[] {
  const value = at(resource, path) ?? [];
  if (!Array.isArray(value)) {
    throw invalid(path, `expected a list, found ${JSON.stringify(value)}`);
  }
  return value;
}
