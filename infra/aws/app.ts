import { resolve } from 'node:path';
import { App, DefaultStackSynthesizer, type IStackSynthesizer, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleFunctions } from './bundle.ts';
import { InvalidConfiguration, loadConfiguration } from './load-configuration.ts';
import { RecoveryStack } from './recovery-stack.ts';

const projectDirectory = resolve(import.meta.dirname, '..', '..');

try {
  await synthesize();
} catch (error) {
  if (!(error instanceof InvalidConfiguration)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Makes the stack of the environment that `-c environment=<name>` names, `example` without it. */
async function synthesize(): Promise<void> {
  const app = new App({ analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const environmentName = String(app.node.tryGetContext('environment') ?? 'example');
  const configuration = loadConfiguration(
    app.node.tryGetContext('environments'),
    environmentName,
    projectDirectory,
  );
  const { platformName, account, region, platformData } = configuration;
  const bundles = await bundleFunctions(projectDirectory, JSON.stringify(platformData));
  new RecoveryStack(app, `${platformName}-recovery`, {
    description: 'Disaster recovery of a trading platform, SOP-003',
    env: { account, region },
    terminationProtection: true,
    // The command line checks the bootstrap version itself; the template stays free of rules and parameters.
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer,
    configuration,
    bundles,
    projectDirectory,
  });
  app.synth();
}
