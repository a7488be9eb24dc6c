import { text } from 'node:stream/consumers';
import {
  DescribeDBInstancesCommand,
  ListTagsForResourceCommand,
  paginateDescribeDBParameters,
  paginateDescribeDBProxies,
  paginateDescribeDBProxyTargets,
} from '@aws-sdk/client-rds';
import { DatabaseInstanceNotFound } from './errors.ts';
import { type RdsInstance, rds } from './rds.ts';
import { readInstanceAnswer } from './rds-answer.ts';
import { nameOf } from './rds-refusals.ts';

/** An instance twice: as the SDK understands it, and as RDS answered. */
export interface DescribedInstance {
  readonly known: RdsInstance;
  /** Every field of the answer, those too that this version of the SDK has never heard of and leaves out. */
  readonly whole: Readonly<Record<string, unknown>>;
}

/**
 * The instance of this name, with nothing left out.
 * @throws {DatabaseInstanceNotFound}
 */
export async function describeWholeInstance(identifier: string): Promise<DescribedInstance> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier });
  const answer = keepAnswer(command.middlewareStack);
  try {
    const { DBInstances = [] } = await rds().send(command);
    const [known] = DBInstances;
    if (known !== undefined) return { known, whole: readInstanceAnswer(answer()) };
  } catch (error) {
    if (nameOf(error) !== 'DBInstanceNotFoundFault') throw error;
  }
  throw new DatabaseInstanceNotFound(`identifier: RDS has no ${identifier}`);
}

/** @returns the answer as RDS wrote it, once the command was sent. */
export function keepAnswer(stack: DescribeDBInstancesCommand['middlewareStack']): () => string {
  let answer = '';
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: AsyncIterable<Uint8Array> | Uint8Array };
      answer = await text(response.body as AsyncIterable<Uint8Array>);
      response.body = Buffer.from(answer);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'keepWholeAnswer' },
  );
  return () => answer;
}

/** Values of a parameter group by name; parameters without a value are left to the engine. */
export async function parametersOf(group: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  const pages = paginateDescribeDBParameters({ client: rds() }, { DBParameterGroupName: group });
  for await (const { Parameters = [] } of pages) {
    for (const { ParameterName = '', ParameterValue } of Parameters)
      if (ParameterValue !== undefined) values[ParameterName] = ParameterValue;
  }
  return values;
}

/** The tags of a resource by name. */
export async function tagsOfResource(arn: string): Promise<Record<string, string>> {
  const { TagList = [] } = await rds().send(new ListTagsForResourceCommand({ ResourceName: arn }));
  return Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** One way from a proxy to a database. */
export interface ProxyTarget {
  /** `<proxy>/<target group>` */
  readonly name: string;
  /** What kind of database is led to. */
  readonly kind: 'RDS_INSTANCE' | 'TRACKED_CLUSTER';
  /** Identifier of the database that is led to. */
  readonly identifier: string;
  /** E.g. `READ_WRITE`. */
  readonly role: string;
}

/** Where the proxies of the account lead to: instances and clusters. */
export async function proxyTargets(): Promise<ProxyTarget[]> {
  const targets: ProxyTarget[] = [];
  for await (const { DBProxies = [] } of paginateDescribeDBProxies({ client: rds() }, {})) {
    for (const { DBProxyName = '' } of DBProxies) targets.push(...(await targetsOf(DBProxyName)));
  }
  return targets;
}

async function targetsOf(DBProxyName: string): Promise<ProxyTarget[]> {
  const targets: ProxyTarget[] = [];
  const pages = paginateDescribeDBProxyTargets({ client: rds() }, { DBProxyName });
  for await (const { Targets = [] } of pages) {
    for (const { RdsResourceId = '', Role, Type } of Targets)
      if (Type === 'RDS_INSTANCE' || Type === 'TRACKED_CLUSTER')
        targets.push({ name: DBProxyName, kind: Type, identifier: RdsResourceId, role: Role ?? 'UNKNOWN' });
  }
  return targets;
}
