/** What an XML element holds: text, further elements by name (several of one name as a list), or nothing. */
export type XmlContent = string | null | readonly XmlContent[] | { readonly [name: string]: XmlContent };

/** A text is not the plain XML that AWS answers with. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
}

interface OpenElement {
  readonly name: string;
  readonly children: Map<string, XmlContent[]>;
  text: string;
}

const TOKEN =
  /<\?[^>]*\?>|<\/(?<closed>[\w:.-]+)\s*>|<(?<opened>[\w:.-]+)(?:\s[^<>]*?)?(?<empty>\/)?>|(?<text>[^<]+)/gy;

/**
 * Reads what the Query APIs of AWS answer: elements and text. Attributes are left out (AWS uses none but the namespace); comments,
 * CDATA and document types are refused.
 * @throws {UnreadableXml}
 */
export function readXml(source: string): XmlContent {
  const root: OpenElement = { name: '', children: new Map(), text: '' };
  const open: OpenElement[] = [root];
  let end = 0;
  for (const { 0: token, index, groups = {} } of source.matchAll(TOKEN)) {
    end = index + token.length;
    const current = open.at(-1) ?? root;
    if (groups.text !== undefined) current.text += decoded(groups.text);
    if (groups.opened !== undefined) {
      const element: OpenElement = { name: groups.opened, children: new Map(), text: '' };
      if (groups.empty === undefined) open.push(element);
      else keep(current, element);
    }
    if (groups.closed !== undefined) {
      const parent = open.at(-2);
      if (parent === undefined || current.name !== groups.closed)
        throw new UnreadableXml(`position ${index}: ${groups.closed} was not open`);
      open.pop();
      keep(parent, current);
    }
  }
  if (end !== source.length || open.length > 1)
    throw new UnreadableXml(`position ${end}: elements and text expected, to the end`);
  return contentOf(root);
}

function keep(parent: OpenElement, element: OpenElement): void {
  const siblings = parent.children.get(element.name) ?? [];
  parent.children.set(element.name, [...siblings, contentOf(element)]);
}

function contentOf({ children, text }: OpenElement): XmlContent {
  if (children.size === 0) return text.trim() === '' ? null : text;
  return Object.fromEntries(
    [...children].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? null) : all]),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** @throws {UnreadableXml} for an entity that XML itself does not know. */
function decoded(text: string): string {
  return text.replace(/&(?:#x(?<hex>[\da-f]+)|#(?<decimal>\d+)|(?<name>\w+));/gi, (entity, ...rest) => {
    const { hex, decimal, name } = rest.at(-1) as Partial<Record<'hex' | 'decimal' | 'name', string>>;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    const character = ENTITIES[name ?? ''];
    if (character === undefined) throw new UnreadableXml(`${entity}: no such entity`);
    return character;
  });
}
