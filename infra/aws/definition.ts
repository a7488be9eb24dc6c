import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A value of Amazon States Language: JSON. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A placeholder stands alone as a whole text, so that it can become a number or a list as well. */
const PLACEHOLDER = /^\$\{([A-Za-z]+)\}$/;

/** A state machine's definition as it is written, with its placeholders. */
export interface Definition {
  /** Names of the placeholders, each once, in the order of appearance. */
  readonly placeholders: readonly string[];
  /**
   * Amazon States Language as JSON text.
   * @throws {UnknownPlaceholder}
   */
  render(lookUp: (placeholder: string) => string | number | readonly string[] | undefined): string;
}

/** A state machine names something that is no function, state machine or value of the stack. */
export class UnknownPlaceholder extends Error {
  override readonly name = 'UnknownPlaceholder';
}

/** Reads a definition in YAML; its comments in the language (`Comment`) are kept. */
export function readDefinition(file: string): Definition {
  const document = parse(readFileSync(file, 'utf8')) as Json;
  const placeholders = new Set<string>();
  map(document, (text) => {
    const name = PLACEHOLDER.exec(text)?.[1];
    if (name !== undefined) placeholders.add(name);
    return text;
  });
  return {
    placeholders: [...placeholders],
    render: (lookUp) =>
      JSON.stringify(
        map(document, (text) => {
          const name = PLACEHOLDER.exec(text)?.[1];
          if (name === undefined) return text;
          const value = lookUp(name);
          if (value === undefined) throw new UnknownPlaceholder(`${file}: \${${name}} is not known`);
          return value;
        }),
      ),
  };
}

function map(node: Json, replace: (text: string) => Json): Json {
  if (typeof node === 'string') return replace(node);
  if (Array.isArray(node)) return node.map((item) => map(item, replace));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, map(value, replace)]));
}
