const patterns = new Map<string, RegExp>();

/** A pattern of IAM as a regular expression: `*` is any text, `?` any one character; nothing else is special. */
export function globPattern(glob: string): RegExp {
  let pattern = patterns.get(glob);
  if (!pattern) {
    const source = glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.');
    pattern = new RegExp(`^${source}$`, 's');
    patterns.set(glob, pattern);
  }
  return pattern;
}
