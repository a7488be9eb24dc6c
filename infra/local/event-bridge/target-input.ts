import type { EventTarget } from '../deployer/registrars.ts';

/** A target's input that the laptop cannot make from an event. */
class UnsupportedTargetInput extends Error {
  override readonly name = 'UnsupportedTargetInput';
}

const pathPattern = /^\$(\.[A-Za-z0-9_-]+|\[\d+\])*$/;

/** JSON text (or plain text, by a transformer) that a target receives for an event. */
export type TargetInput = (event: unknown) => string;

/**
 * Compiles what a target receives: the event, a constant, a part of the event, or a template filled from it.
 * @throws UnsupportedTargetInput for a path that is more than fields and indices
 */
export function compileTargetInput(
  target: Pick<EventTarget, 'id' | 'input' | 'inputPath' | 'inputTransformer'>,
): TargetInput {
  const { input, inputPath, inputTransformer } = target;
  if (input !== undefined) return () => input;
  if (inputPath !== undefined) {
    const select = compilePath(target.id, inputPath);
    return (event) => JSON.stringify(select(event) ?? null);
  }
  if (inputTransformer !== undefined) {
    const paths = Object.entries(inputTransformer.inputPathsMap).map(
      ([name, path]) => [name, compilePath(target.id, path)] as const,
    );
    return (event) =>
      fill(inputTransformer.inputTemplate, new Map(paths.map(([n, at]) => [n, at(event)])), event);
  }
  return (event) => JSON.stringify(event);
}

function compilePath(targetId: string, path: string): (event: unknown) => unknown {
  if (!pathPattern.test(path)) {
    throw new UnsupportedTargetInput(`Target '${targetId}': the laptop reads no path such as '${path}'`);
  }
  const keys = path.match(/[A-Za-z0-9_-]+/g) ?? [];
  return (event) =>
    keys.reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      event,
    );
}

/**
 * Fills `<name>` in a template. Within a JSON string a text is inserted as it is (escaped), elsewhere any value is
 * inserted as JSON; a name without a value becomes null or nothing.
 */
function fill(template: string, values: ReadonlyMap<string, unknown>, event: unknown): string {
  let result = '';
  let isInString = false;
  for (const part of template.split(/(<[A-Za-z0-9_.-]+>|\\.|")/s)) {
    if (part === '"') isInString = !isInString;
    const name = /^<(.+)>$/.exec(part)?.[1];
    if (name === undefined) {
      result += part;
      continue;
    }
    const value = name === 'aws.events.event.json' ? event : values.get(name);
    result += isInString ? withinString(value) : JSON.stringify(value ?? null);
  }
  return result;
}

function withinString(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}
