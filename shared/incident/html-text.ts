/** HTML that is safe to show: everything of somebody else in it was escaped. Only {@link html} and {@link trusted} make it. */
export class SafeHtml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, `null` and `false` leave nothing. */
export type HtmlValue = string | number | SafeHtml | null | false | readonly HtmlValue[];

/** Tagged template for HTML and SVG. Values may stand in content and in quoted attributes. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  return new SafeHtml(
    literals.reduce((text, literal, index) => `${text}${render(values[index - 1] ?? null)}${literal}`),
  );
}

/** Markup of our own that holds nothing of anybody else, such as a style sheet. */
export function trusted(text: string): SafeHtml {
  return new SafeHtml(text);
}

function render(value: HtmlValue): string {
  if (value === null || value === false) return '';
  if (value instanceof SafeHtml) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters are no text: HTML has no way to show them. */
function escapeHtml(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
