import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import type { Bundle } from '../../infra/aws/bundle.ts';
import type { Configuration } from '../../infra/aws/configuration.ts';
import { loadConfiguration } from '../../infra/aws/load-configuration.ts';
import { RecoveryStack } from '../../infra/aws/recovery-stack.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

export const projectDirectory = join(import.meta.dirname, '..', '..');

// CloudFormation's own rules take seconds a process; app.test.ts applies them to the very same stack.
process.env.CDK_VALIDATION = 'false';

/** A resource as it stands in the template. */
export interface TemplateResource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Record<string, unknown>;
}

/** The template of an environment of cdk.json. Bundles are stood in for by an empty file: only their place matters here. */
export function synthesize(
  environmentName: 'example' | 'laptop' | 'laptop-proxy',
  changes: Partial<Configuration> = {},
): Template {
  const { environments, ...flags } = cdkJson.context;
  const app = new App({
    analyticsReporting: false,
    context: flags,
    outdir: join(temporaryDirectory(), 'cdk.out'),
  });
  const configuration = {
    ...loadConfiguration(environments, environmentName, projectDirectory),
    ...changes,
  };
  const stack = new RecoveryStack(app, 'testudo-recovery', {
    env: { account: configuration.account, region: configuration.region },
    configuration,
    bundles: emptyBundles(),
    projectDirectory,
  });
  return Template.fromStack(stack);
}

/** Every `<domain>/<step>` that has a source file. */
export function functionFiles(): string[] {
  return globSync('*/*.ts', { cwd: join(projectDirectory, 'functions') })
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** Resources of one type by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, TemplateResource> {
  return template.findResources(type) as Record<string, TemplateResource>;
}

function emptyBundles(): ReadonlyMap<string, Bundle> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.mjs'), '');
  return new Map(functionFiles().map((file) => [file, { directory, hash: 'f'.repeat(64) }]));
}

/** A directory that goes when the tests of the file are over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'testudo-synthesis-'));
  directories.push(directory);
  return directory;
}
