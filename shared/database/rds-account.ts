import { DescribeAccountAttributesCommand } from '@aws-sdk/client-rds';
import { rds } from './rds.ts';

const NAMES = ['DBInstances', 'DBClusters', 'AllocatedStorage'] as const;

/** A limit of the account in this Region and how much of it is in use; storage in GiB. */
export interface RdsQuota {
  readonly name: (typeof NAMES)[number];
  readonly used: number;
  readonly max: number;
}

/** The quotas that a restore counts against (RDS API Reference, `DescribeAccountAttributes`). */
export async function describeQuotas(): Promise<RdsQuota[]> {
  const { AccountQuotas = [] } = await rds().send(new DescribeAccountAttributesCommand());
  return AccountQuotas.flatMap(({ AccountQuotaName: name, Used, Max }) =>
    isNamed(name) && Used !== undefined && Max !== undefined ? [{ name, used: Used, max: Max }] : [],
  );
}

function isNamed(name: string | undefined): name is RdsQuota['name'] {
  return NAMES.some((known) => known === name);
}
