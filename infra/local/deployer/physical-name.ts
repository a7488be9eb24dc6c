import { createHash } from 'node:crypto';
import type { DeploymentContext, Resource } from './resource-type.ts';

/** The name that CloudFormation would make up, but the same at each deployment: stack, logical id and a suffix. */
export function physicalName(resource: Resource, context: DeploymentContext, maximumLength: number): string {
  const suffix = physicalId(resource, context, 12).toUpperCase();
  const prefix = `${context.stackName}-${resource.logicalId}`.slice(0, maximumLength - suffix.length - 1);
  return `${prefix}-${suffix}`;
}

/** A made-up identifier in hexadecimal, the same at each deployment. */
export function physicalId(resource: Resource, context: DeploymentContext, length: number): string {
  return createHash('sha256')
    .update(`${context.stackName}/${resource.logicalId}`)
    .digest('hex')
    .slice(0, length);
}
