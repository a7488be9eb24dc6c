/** Values of `$context` variables by their name without the `$context.`, e.g. `identity.sourceIp`. */
export type ContextValues = Readonly<Record<string, string | number | undefined>>;

const variable = /\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g;

/** The names of the `$context` variables in a template. */
export function contextVariables(template: string): readonly string[] {
  return [...template.matchAll(variable)].map(([, name = '']) => name);
}

/** Fills the `$context` variables of a template; those without a value become `absent`. */
export function fillContext(template: string, values: ContextValues, absent: string): string {
  return template.replace(variable, (_whole, name: string) => String(values[name] ?? absent));
}
