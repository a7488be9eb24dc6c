import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { type Bundle, bundleFunctions } from '../../infra/aws/bundle.ts';
import { projectDirectory, temporaryDirectory } from './synthesized.ts';

/** A project with two functions: one reads the platform's data, one uses a CommonJS package and zod. */
function smallProject(): string {
  const project = temporaryDirectory();
  const write = (file: string, text: string) => {
    mkdirSync(join(project, file, '..'), { recursive: true });
    writeFileSync(join(project, file), text);
  };
  symlinkSync(join(projectDirectory, 'node_modules'), join(project, 'node_modules'));
  write('package-lock.json', '{}');
  write('infra/aws/bundle.ts', '');
  write('shared/read.ts', "export const file: string = 'platform-data.json';");
  write(
    'functions/database/read-data.ts',
    "import { file } from '../../shared/read.ts'; export const handler = () => file;",
  );
  write(
    'functions/trading/use-packages.ts',
    "import pg from 'pg'; import * as z from 'zod'; export class Broken extends Error { override readonly name = 'Broken'; }\n" +
      'export const handler = () => ({ pool: typeof pg.Pool, message: z.string().safeParse(1).error?.message });',
  );
  return project;
}

const project = smallProject();
let bundles: ReadonlyMap<string, Bundle>;

beforeAll(async () => {
  bundles = await bundleFunctions(project, '{"criticalTables":[]}');
});

function directoryOf(file: string): string {
  return bundles.get(file)?.directory ?? '';
}

test('every function becomes <Name>/index.mjs with a source map', () => {
  expect([...bundles.keys()]).toEqual(['database/read-data', 'trading/use-packages']);
  expect(directoryOf('trading/use-packages')).toMatch(/UsePackages$/);
  expect(existsSync(join(directoryOf('trading/use-packages'), 'index.mjs.map'))).toBe(true);
});

test('platform-data.json lies beside the functions that read it, and beside no other', () => {
  expect(readFileSync(join(directoryOf('database/read-data'), 'platform-data.json'), 'utf8')).toBe(
    '{"criticalTables":[]}',
  );
  expect(existsSync(join(directoryOf('trading/use-packages'), 'platform-data.json'))).toBe(false);
});

test('CommonJS packages run inside the ES module, and zod speaks English without its other languages', async () => {
  const file = join(directoryOf('trading/use-packages'), 'index.mjs');
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: () => object };
  expect(handler()).toEqual({ pool: 'function', message: expect.stringContaining('expected string') });
  expect(readFileSync(file, 'utf8')).not.toContain('Ungültige Eingabe');
});

test('names of errors survive minifying', () => {
  expect(readFileSync(join(directoryOf('trading/use-packages'), 'index.mjs'), 'utf8')).toMatch(
    /name="Broken"/,
  );
});

test('the same input gives the same bundles without building again; another input does not', async () => {
  expect(await bundleFunctions(project, '{"criticalTables":[]}')).toEqual(bundles);
  const others = await bundleFunctions(project, '{"criticalTables":[1]}');
  expect(others.get('database/read-data')?.hash).not.toBe(bundles.get('database/read-data')?.hash);
  expect(others.get('trading/use-packages')?.hash).toBe(bundles.get('trading/use-packages')?.hash);
});

test('two runs at the same time do not disturb each other', async () => {
  const [one, other] = await Promise.all([
    bundleFunctions(project, '{"a":1}'),
    bundleFunctions(project, '{"a":1}'),
  ]);
  expect(one).toEqual(other);
});
