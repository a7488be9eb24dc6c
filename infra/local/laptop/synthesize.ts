import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withDirectoryLock } from './directory-lock.ts';

export interface SynthesisOptions {
  /** Root of the project. */
  readonly root: string;
  /** Where cloud assemblies are kept, one for each state of the sources. */
  readonly cacheDirectory: string;
  /** Key of the environment in `cdk.json`. */
  readonly environment: string;
  /** Keys of the environment that are to be different. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Further files on which the template depends. */
  readonly furtherInputs: readonly string[];
  /** Stops a synthesis that is under way. */
  readonly signal?: AbortSignal;
}

/** What a synthesis came to. */
export interface Synthesis {
  /** Directory of the cloud assembly. */
  readonly directory: string;
  /** The sources had not changed since an earlier synthesis. */
  readonly cached: boolean;
}

/** The CDK app refused to synthesize; the message is what it said. */
export class SynthesisFailed extends Error {
  override readonly name = 'SynthesisFailed';
}

/** Everything in these decides what the template and the bundles look like. */
const INPUTS = [
  'infra/aws',
  'infra/environments.ts',
  'functions',
  'shared',
  'statemachines',
  'cdk.json',
  'package-lock.json',
  'tsconfig.json',
];
/** An assembly of sources that are gone, and that no run can still be reading. */
const OUTDATED_MILLIS = 24 * 60 * 60_000;

/**
 * Synthesizes the CDK app, unless the same sources were synthesized before. Several processes may ask at once: one works, the
 * others wait for it.
 * @throws {SynthesisFailed}
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesis> {
  const { root, cacheDirectory, environment, overrides, furtherInputs, signal } = options;
  const inputs = [...INPUTS.map((path) => join(root, path)), ...furtherInputs];
  const directory = join(cacheDirectory, fingerprint(`${environment}${JSON.stringify(overrides)}`, inputs));
  if (existsSync(directory)) return { directory, cached: true };
  mkdirSync(cacheDirectory, { recursive: true });
  return withDirectoryLock(join(cacheDirectory, 'lock'), async () => {
    if (existsSync(directory)) return { directory, cached: true };
    removeOutdated(cacheDirectory);
    const unfinished = `${directory}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await runApp({ root, environment, overrides, output: unfinished, signal });
    renameSync(unfinished, directory);
    return { directory, cached: false };
  });
}

/** SHA-256 over names and contents, short enough for a directory. */
function fingerprint(environment: string, inputs: readonly string[]): string {
  const hash = createHash('sha256').update(environment);
  for (const file of inputs.flatMap(filesOf).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 20);
}

function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function removeOutdated(cacheDirectory: string): void {
  for (const name of readdirSync(cacheDirectory)) {
    const path = join(cacheDirectory, name);
    if (name !== 'lock' && Date.now() - statSync(path).mtimeMs > OUTDATED_MILLIS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

interface AppRun {
  readonly root: string;
  readonly environment: string;
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly output: string;
  readonly signal: AbortSignal | undefined;
}

/** Runs the app as the CDK CLI would, without loading the CLI. */
async function runApp({ root, environment, overrides, output, signal }: AppRun): Promise<void> {
  const { app, context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    app: string;
    context: { readonly environments?: Readonly<Record<string, object>> };
  };
  const environments = {
    ...context.environments,
    [environment]: { ...context.environments?.[environment], ...overrides },
  };
  const [, ...args] = app.split(' ');
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, environments, environment }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const said = await outputOf(child);
  if (child.exitCode !== 0 || !existsSync(output)) {
    throw new SynthesisFailed(`the CDK app did not synthesize:\n${said.trim()}`);
  }
}

async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  return Buffer.concat(chunks).toString('utf8');
}
