import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Resources } from './resources.ts';
import { allow, allowWildcard } from './statements.ts';

/** Why names of copies are wildcards. */
export const COPY_REASON =
  'Copies and replaced instances are named after the incident, behind the identifier of the source';

/** ARNs of RDS in the account and region of the stack. */
export function rdsArn({ controlTable }: Resources) {
  const stack = Stack.of(controlTable);
  return (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'rds', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

/** The quotas that a restore counts against. */
export function describeQuotas(): PolicyStatement {
  return allowWildcard('The quotas of the account are no resource', ['rds:DescribeAccountAttributes'], ['*']);
}

/** Where the proxies of the account lead to. */
export function describeProxies(arn: ReturnType<typeof rdsArn>): PolicyStatement {
  return allowWildcard(
    'Any proxy of the account may lead to the instance, and proxies have identifiers that only RDS knows',
    ['rds:DescribeDBProxies', 'rds:DescribeDBProxyTargets'],
    [arn('db-proxy', '*'), arn('target-group', '*')],
  );
}

/** Enhanced Monitoring of a copy writes with the role of the source. */
export function passMonitoringRole(monitoringRoleArn: string | undefined): PolicyStatement[] {
  if (monitoringRoleArn === undefined) return [];
  return [
    allow(['iam:PassRole'], [monitoringRoleArn], {
      StringEquals: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' },
    }),
  ];
}

/** RDS makes a grant on the key of the storage for every instance that it restores, in the caller's name. */
export function useStorageKey(kmsKeyArn: string | undefined, region: string): PolicyStatement[] {
  if (kmsKeyArn === undefined) return [];
  const viaRds = { StringEquals: { 'kms:ViaService': `rds.${region}.amazonaws.com` } };
  return [allow(['kms:CreateGrant', 'kms:DescribeKey'], [kmsKeyArn], viaRds)];
}

/** Asked directly, and not by RDS in our name: whether the key of the storage is in force. */
export function askStorageKey(kmsKeyArn: string | undefined): PolicyStatement[] {
  return kmsKeyArn === undefined ? [] : [allow(['kms:DescribeKey'], [kmsKeyArn])];
}
