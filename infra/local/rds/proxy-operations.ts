import type { DBProxyTarget } from '@aws-sdk/client-rds';
import { z } from 'zod';
import type { Operations } from './operations.ts';
import { type DbProxy, TARGET_GROUP } from './proxies.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';

const page = { Marker: field.text.optional(), MaxRecords: field.whole.min(20).max(100).optional() };
const DescribeProxies = z.strictObject({ DBProxyName: field.text.optional(), ...page });
const group = { DBProxyName: field.text, TargetGroupName: field.text.optional() };
const DescribeOneGroup = z.strictObject({ ...group, ...page });
const ChangeTargets = z.strictObject({ ...group, DBInstanceIdentifiers: field.texts });

/** The operations on proxies. */
export const proxyOperations: Operations = {
  DescribeDBProxies: ({ proxies, endpointOf }, fields) => {
    const { DBProxyName } = parseFields(DescribeProxies, fields);
    const found = DBProxyName === undefined ? proxies.list() : [proxies.get(DBProxyName)];
    return {
      DBProxies: found.map(({ name, arn, securityGroupIds }) => ({
        DBProxyName: name,
        DBProxyArn: arn,
        Status: 'available',
        EngineFamily: 'POSTGRESQL',
        VpcSecurityGroupIds: securityGroupIds,
        Endpoint: endpointOf(name).address,
        RequireTLS: true,
      })),
    };
  },

  DescribeDBProxyTargetGroups: (context, fields) => {
    const proxy = proxyWithGroup(context, parseFields(DescribeOneGroup, fields));
    return {
      TargetGroups: [
        {
          DBProxyName: proxy.name,
          TargetGroupName: TARGET_GROUP,
          TargetGroupArn: proxy.targetGroupArn,
          IsDefault: true,
          Status: 'available',
        },
      ],
    };
  },

  DescribeDBProxyTargets: (context, fields) => ({
    Targets: targetsOf(context, proxyWithGroup(context, parseFields(DescribeOneGroup, fields))),
  }),

  RegisterDBProxyTargets: (context, fields) => {
    const { proxy, identifier } = change(context, fields);
    context.proxies.register(proxy, context.instances.get(identifier));
    return { DBProxyTargets: targetsOf(context, proxy) };
  },

  DeregisterDBProxyTargets: (context, fields) => {
    const { proxy, identifier } = change(context, fields);
    context.proxies.deregister(proxy, identifier);
    return {};
  },
};

function change(context: RdsContext, fields: QueryFields): { proxy: DbProxy; identifier: string } {
  const request = parseFields(ChangeTargets, fields);
  const proxy = proxyWithGroup(context, request);
  const [identifier, ...others] = request.DBInstanceIdentifiers;
  if (identifier === undefined || others.length > 0) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'A target group is associated with exactly one DB instance.',
    );
  }
  return { proxy, identifier };
}

function proxyWithGroup(
  { proxies }: RdsContext,
  {
    DBProxyName,
    TargetGroupName = TARGET_GROUP,
  }: { DBProxyName: string; TargetGroupName?: string | undefined },
): DbProxy {
  const proxy = proxies.get(DBProxyName);
  if (TargetGroupName !== TARGET_GROUP) {
    throw new RdsRequestRefused(
      'DBProxyTargetGroupNotFoundFault',
      `DBProxyTargetGroup ${TargetGroupName} not found.`,
    );
  }
  return proxy;
}

function targetsOf({ proxies, endpointOf }: RdsContext, proxy: DbProxy): DBProxyTarget[] {
  const TargetHealth = proxies.health(proxy);
  if (proxy.target === undefined || TargetHealth === undefined) return [];
  const { identifier } = proxy.target.instance;
  const { address, port } = endpointOf(identifier);
  return [
    {
      // Not the resource id, whatever the name of the field says.
      RdsResourceId: identifier,
      Endpoint: address,
      Port: port,
      Type: 'RDS_INSTANCE',
      Role: 'READ_WRITE',
      TargetHealth,
    },
  ];
}
