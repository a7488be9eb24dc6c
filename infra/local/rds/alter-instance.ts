import type { DbInstance } from './instance.ts';
import { DEFAULT_SECURITY_GROUP } from './network.ts';
import { DEFAULT_PARAMETER_GROUP } from './parameter-groups.ts';

/** What of an instance can be lost behind the recovery's back. */
export const INSTANCE_CHANGES = ['security-groups', 'log-exports', 'parameter-group', 'tags'] as const;
export type InstanceChange = (typeof INSTANCE_CHANGES)[number];

/**
 * Gives an instance what RDS gives by default, as somebody in the console could, or as RDS would if it did not do what it was asked:
 * the default security group, no export of logs, the default parameter group (from the next reboot on), no tags but the recovery's own.
 */
export function alterInstance(instance: DbInstance, change: InstanceChange): void {
  switch (change) {
    case 'security-groups':
      instance.securityGroupIds = [DEFAULT_SECURITY_GROUP];
      break;
    case 'log-exports':
      instance.attributes = { ...instance.attributes, EnabledCloudwatchLogsExports: [] };
      break;
    case 'parameter-group':
      instance.parameterGroup = DEFAULT_PARAMETER_GROUP;
      break;
    case 'tags':
      for (const key of instance.tags.keys()) if (!key.startsWith('testudo:')) instance.tags.delete(key);
      break;
  }
}
