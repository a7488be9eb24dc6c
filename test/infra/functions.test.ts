import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { functionName } from '../../infra/aws/function-definition.ts';
import { functionFiles, resourcesOf, synthesize } from './synthesized.ts';

const template = synthesize('example');
const lambdas = resourcesOf(template, 'AWS::Lambda::Function');

test('every file of functions/ is a function of the stack, called as the file, and nothing else is', () => {
  const names = Object.values(lambdas).map(({ Properties }) => String(Properties.FunctionName));
  expect(names.sort()).toEqual(
    functionFiles()
      .map((file) => `testudo-recovery-${functionName(file)}`)
      .sort(),
  );
});

test('a function is named as its construct', () => {
  for (const [id, { Properties }] of Object.entries(lambdas)) {
    expect(id).toMatch(
      new RegExp(`^${String(Properties.FunctionName).replace('testudo-recovery-', '')}Function`),
    );
  }
});

test('functions run on Node 24 and arm64, are traced and log JSON', () => {
  template.allResourcesProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    TracingConfig: { Mode: 'Active' },
    LoggingConfig: Match.objectLike({ LogFormat: 'JSON' }),
  });
});

test('halting trading keeps capacity that nothing else in the account can use up', () => {
  for (const name of ['HaltTrading', 'HaltWithoutIncident', 'EmergencyHalt', 'OpenIncident']) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `testudo-recovery-${name}`,
      ReservedConcurrentExecutions: Match.anyValue(),
    });
  }
});

test('no environment is larger than Lambda takes', () => {
  for (const { Properties } of Object.values(lambdas)) {
    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
    expect(JSON.stringify(Variables).length, String(Properties.FunctionName)).toBeLessThan(4096);
  }
});
