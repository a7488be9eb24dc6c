import type { DeploymentContext } from '../resource-type.ts';

/** The stand-ins trust the front door, so any credentials do when the deployer speaks to them directly. */
export function standInClientConfig(context: DeploymentContext, endpoint: string) {
  return {
    endpoint,
    region: context.region,
    credentials: { accessKeyId: 'deployer', secretAccessKey: 'deployer' },
  };
}
