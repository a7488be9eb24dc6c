import { RdsRequestRefused } from './rds-errors.ts';

/** What a security group lets in. */
export interface SecurityGroupRule {
  /** Groups whose members may connect to an instance that has this one. */
  allowedSourceGroups: readonly string[];
  /** The VPC of the group; the platform's, when absent. */
  vpcId?: string;
}

/** The part of EC2 that decides who reaches a database. */
export interface SecurityGroups {
  rules: ReadonlyMap<string, SecurityGroupRule>;
  /** The groups of a caller that signs in by IAM. */
  groupsOfAccessKey(accessKeyId: string): readonly string[];
  /** The groups of a client that signs in by password. */
  groupsOfUser(dbUser: string): readonly string[];
}

/** A DB subnet group. */
export interface SubnetGroup {
  name: string;
  vpcId: string;
}

/** Where the platform lives, unless something else is said. */
export const PLATFORM_VPC = 'vpc-platform';
/** Where RDS puts a restored instance for which no subnet group is named. */
export const DEFAULT_SUBNET_GROUP: SubnetGroup = { name: 'default', vpcId: 'vpc-default' };
/** The group that an instance has when none is named; it lets nobody in. */
export const DEFAULT_SECURITY_GROUP = 'sg-default';

/** Whether clients with these groups get an answer from an instance with those. */
export function admits(
  rules: SecurityGroups['rules'],
  instanceGroups: readonly string[],
  clientGroups: readonly string[],
): boolean {
  return instanceGroups.some((group) =>
    rules.get(group)?.allowedSourceGroups.some((source) => clientGroups.includes(source)),
  );
}

/**
 * Checks that security groups exist and lie in the VPC of the instance.
 *
 * @throws {RdsRequestRefused} as RDS does, `InvalidParameterValue` or `InvalidParameterCombination`.
 */
export function checkSecurityGroups(
  rules: SecurityGroups['rules'],
  groupIds: readonly string[],
  subnetGroup: SubnetGroup,
): void {
  for (const groupId of groupIds) {
    if (groupId === DEFAULT_SECURITY_GROUP) continue;
    const rule = rules.get(groupId);
    if (!rule) {
      throw new RdsRequestRefused(
        'InvalidParameterValue',
        `Invalid security group , groupId= ${groupId}, groupName=.`,
      );
    }
    const vpcId = rule.vpcId ?? PLATFORM_VPC;
    if (vpcId !== subnetGroup.vpcId) {
      throw new RdsRequestRefused(
        'InvalidParameterCombination',
        'The DB instance and EC2 security group are in different VPCs. ' +
          `The DB instance is in ${subnetGroup.vpcId} and the EC2 security group is in ${vpcId}`,
      );
    }
  }
}
