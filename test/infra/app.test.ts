import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { projectDirectory, temporaryDirectory } from './synthesized.ts';

function run(context: Record<string, unknown>) {
  const outputDirectory = temporaryDirectory();
  const result = spawnSync(process.execPath, ['infra/aws/app.ts'], {
    cwd: projectDirectory,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_VALIDATION: 'true',
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
    },
  });
  return { ...result, outputDirectory };
}

test('a mistake in the configuration is one line, without a stack trace, and nothing is synthesized', () => {
  const laptop = { ...cdkJson.context.environments.laptop, region: 'Frankfurt' };
  const { status, stderr, stdout } = run({ environment: 'laptop', environments: { laptop } });
  expect(stderr).toBe('cdk.json: context.environments.laptop.region: must look like eu-central-1\n');
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

test.each(['example', 'laptop'])(
  '%s passes the AwsSolutions rules and the validation of CloudFormation, every exception with its reason',
  { timeout: 120_000 },
  (environment) => {
    const { status, stderr, outputDirectory } = run({ environment });
    expect(stderr).not.toContain('ERROR');
    expect(status).toBe(0);
    const report = JSON.parse(
      readFileSync(join(outputDirectory, 'validation-report.json'), 'utf8'),
    ) as object;
    expect(JSON.stringify(report)).not.toContain('"failure"');
  },
);

test('every recommended feature flag is set as recommended', () => {
  expect(cdkJson.context).toMatchObject(recommendedFlags);
});
