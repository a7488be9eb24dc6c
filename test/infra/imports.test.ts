import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { projectDirectory } from './synthesized.ts';

/** Packages that the schemas of shared may need when the stack is synthesized or the OpenAPI document is made. */
const schemaPackages = ['zod', 'canonicalize', 'node:crypto'];

test('the stack runs nothing of functions and of shared but schemas: everything else is known to it by type', async () => {
  const { metafile } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: ['infra/aws/app.ts', 'infra/aws/write-openapi.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'unused',
    write: false,
    metafile: true,
  });
  const ours = Object.entries(metafile.inputs).filter(([file]) => !/^infra\/(?!local\/)/.test(file));
  expect(ours.filter(([file]) => !file.startsWith('shared/')).map(([file]) => file)).toEqual([]);
  const packages = ours.flatMap(([, { imports }]) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  expect([...new Set(packages)].filter((name) => !schemaPackages.includes(name))).toEqual([]);
});
