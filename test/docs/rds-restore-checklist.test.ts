import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionName } from '../../infra/aws/function-definition.ts';
import { functionFiles } from '../infra/synthesized.ts';

const root = join(import.meta.dirname, '..', '..');
const checklist = readFileSync(join(root, 'docs', 'rds-restore-checklist.md'), 'utf8');
const rows = checklist
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const named = (pattern: RegExp) => [
  ...new Set([...checklist.matchAll(pattern)].map(([, name = '']) => name)),
];

describe('the checklist of restores', () => {
  it('has a line for each of the 28 pitfalls, in order', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 28 }, (_, i) => i + 1));
  });

  it.each(rows.map((cells) => [cells[1], cells] as const))(
    'says of pitfall %s what RDS and the laptop do, what we do, where, and which test holds it',
    (_number, [, , pitfall = '', handling = '', where = '', test = '']) => {
      expect(pitfall).toMatch(/The laptop: /);
      expect([handling, where, test]).not.toContain('');
      // Only what nobody has built may be without a place and a test.
      expect([where, test].includes('none') && !handling.includes('Not built')).toBe(false);
    },
  );

  it.each(named(/`((?:test|shared|functions|infra|docs)\/[^`]+)`/g))(
    'names a file that exists: %s',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
    },
  );

  it.each(named(/drill `([a-z-]+)`/g))('names a scenario that exists: %s', (name) => {
    expect(existsSync(join(root, 'test', 'drills', `${name}.yaml`))).toBe(true);
  });

  it.each(named(/(?:^|[ ,])([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?=[ ,;]|$)/gm))(
    'names a step that exists: %s',
    (name) => {
      expect(functionFiles().map(functionName)).toContain(name);
    },
  );
});
