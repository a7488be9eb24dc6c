import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, version as esbuildVersion, type Plugin } from 'esbuild';
import { functionName } from './function-definition.ts';

/** A directory that Lambda can run: `index.mjs`, its source map, and `platform-data.json` where it is needed. */
export interface Bundle {
  readonly directory: string;
  /** SHA-256 of the content. */
  readonly hash: string;
}

/** Bundles that were not used for this long are removed. */
const KEEP_MILLIS = 7 * 24 * 60 * 60 * 1000;

/** Functions that read this file get it beside their bundle. */
const PLATFORM_DATA_FILE = 'platform-data.json';

/**
 * Bundles every function in one call of esbuild, into a directory that is named after everything that goes in: what
 * was bundled before is used again, and two runs at the same time do not disturb each other.
 * @param projectDirectory holds `functions`, `shared`, and gets `.build/functions`.
 * @param platformDataJson content of `platform-data.json`.
 * @returns bundles by source file, `<domain>/<step>`.
 */
export async function bundleFunctions(
  projectDirectory: string,
  platformDataJson: string,
): Promise<ReadonlyMap<string, Bundle>> {
  const files = globSync('*/*.ts', { cwd: join(projectDirectory, 'functions') })
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
  const inputHash = hashInput(platformDataJson, projectDirectory);
  const cache = join(projectDirectory, '.build', 'functions');
  const directory = join(cache, inputHash);
  if (!existsSync(directory)) {
    await mkdir(cache, { recursive: true });
    await removeUnused(cache);
    const unfinished = await mkdtemp(join(cache, 'unfinished-'));
    await bundleInto(unfinished, files, projectDirectory);
    await addPlatformData(unfinished, platformDataJson);
    publish(unfinished, directory);
  }
  return new Map(
    files.map((file) => {
      const name = functionName(file);
      return [file, { directory: join(directory, name), hash: hashDirectory(join(directory, name)) }];
    }),
  );
}

async function bundleInto(
  outputDirectory: string,
  files: readonly string[],
  projectDirectory: string,
): Promise<void> {
  await build({
    absWorkingDir: projectDirectory,
    entryPoints: files.map((file) => ({
      in: join('functions', `${file}.ts`),
      out: join(functionName(file), 'index'),
    })),
    outdir: outputDirectory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    plugins: [credentialsFromEnvironment],
    banner: { js: commonJsInEsm },
    logLevel: 'warning',
  });
}

async function addPlatformData(outputDirectory: string, platformDataJson: string): Promise<void> {
  for (const name of await readdir(outputDirectory)) {
    const bundle = await readFile(join(outputDirectory, name, 'index.mjs'), 'utf8');
    if (!bundle.includes(PLATFORM_DATA_FILE)) continue;
    await writeFile(join(outputDirectory, name, PLATFORM_DATA_FILE), platformDataJson);
  }
}

/** Packages that are CommonJS (pg) call `require` for the modules of Node; an ES module has none. */
const commonJsInEsm =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * Lambda gives a function its credentials in the environment, where the SDK looks first; the other places where it could look
 * (profiles, single sign-on, instance metadata) are a fifth of a small bundle, and reading it is a fifth of a cold start.
 */
const credentialsFromEnvironment: Plugin = {
  name: 'credentials-from-environment',
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]@aws-sdk[\\/]credential-provider-node[\\/]dist-es[\\/]index\.js$/ },
      ({ path }) => ({
        contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
        resolveDir: resolve(path, '..'),
      }),
    );
  },
};

function hashInput(platformDataJson: string, projectDirectory: string): string {
  const hash = createHash('sha256').update(esbuildVersion).update(platformDataJson);
  const files = [
    'package-lock.json',
    'infra/aws/bundle.ts',
    ...globSync(['functions/**/*.ts', 'shared/**/*.ts'], { cwd: projectDirectory }).sort(),
  ];
  for (const file of files) {
    const content = readFileSync(join(projectDirectory, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function hashDirectory(directory: string): string {
  const hash = createHash('sha256');
  for (const file of globSync('*', { cwd: directory }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(directory, file)));
  }
  return hash.digest('hex');
}

/** Whoever finishes first wins; the other's result is the same. */
function publish(unfinished: string, directory: string): void {
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

async function removeUnused(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const { mtimeMs } = await stat(join(cache, entry));
    if (Date.now() - mtimeMs > KEEP_MILLIS) rmSync(join(cache, entry), { recursive: true, force: true });
  }
}
