import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCloudAssembly } from '../../../infra/local/deployer/cloud-assembly.ts';

const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };

function assembly(files: Readonly<Record<string, object>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), JSON.stringify(content));
  }
  return directory;
}

describe('a cloud assembly', () => {
  it('gives the template of its stack and the directory of an asset', () => {
    const directory = assembly({
      'Recovery.template.json': template,
      'Recovery.assets.json': {
        files: { a: { source: { path: 'asset.a' }, destinations: { here: { objectKey: 'a.zip' } } } },
      },
    });
    const read = readCloudAssembly(directory);
    expect(read.stackName).toBe('Recovery');
    expect(read.template).toEqual(template);
    expect(read.assetDirectory('a.zip')).toBe(join(directory, 'asset.a'));
    expect(() => read.assetDirectory('b.zip')).toThrow(/no asset with the key "b.zip"/);
  });

  it('with the additions that CDK makes for itself is accepted', () => {
    const additions = {
      Rules: { CheckBootstrapVersion: {} },
      Conditions: { CDKMetadataAvailable: {} },
      Parameters: { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk' } },
    };
    expect(() =>
      readCloudAssembly(assembly({ 'R.template.json': { ...template, ...additions } })),
    ).not.toThrow();
  });

  it.each([
    ['is not there', () => join(tmpdir(), 'no-such-assembly'), /cannot be read/],
    ['has no stack', () => assembly({}), /found 0/],
    [
      'has two stacks',
      () => assembly({ 'A.template.json': template, 'B.template.json': template }),
      /found 2/,
    ],
    [
      'has conditions of its own',
      () => assembly({ 'A.template.json': { ...template, Conditions: { IsProduction: {} } } }),
      /Conditions\.IsProduction/,
    ],
    [
      'has mappings',
      () => assembly({ 'A.template.json': { ...template, Mappings: { Regions: {} } } }),
      /Mappings\.Regions/,
    ],
  ])('that %s is refused', (_what, directory, message) => {
    expect(() => readCloudAssembly(directory())).toThrow(message);
  });
});
