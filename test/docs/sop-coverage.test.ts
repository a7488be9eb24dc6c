import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionName } from '../../infra/aws/function-definition.ts';

const root = join(import.meta.dirname, '..', '..');
const coverage = readFileSync(join(root, 'docs', 'sop-coverage.md'), 'utf8');
const named = (pattern: RegExp) => [...new Set([...coverage.matchAll(pattern)].map(([, name = '']) => name))];

describe('the coverage of the SOP', () => {
  it.each(named(/`((?:test|shared|statemachines|functions|docs)\/[^`<>*]+)`/g))(
    'names a file that exists: %s',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
    },
  );

  it.each(named(/drills? `([a-z-]+)`/g))('names a scenario that exists: %s', (name) => {
    expect(existsSync(join(root, 'test', 'drills', `${name}.yaml`))).toBe(true);
  });

  it('names every function', () => {
    const functions = globSync('*/*.ts', { cwd: join(root, 'functions') }).map((file) =>
      functionName(file.replace(/\.ts$/, '')),
    );
    expect(functions.filter((name) => !coverage.includes(name))).toEqual([]);
  });
});
