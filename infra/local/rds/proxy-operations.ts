import type { DBProxyTarget } from '@aws-sdk/client-rds';
import { z } from 'zod';
import type { Operations } from './operations.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields } from './rds-query.ts';

/** A proxy, as far as somebody looks at it: what it leads to. */
export interface DbProxy {
  readonly name: string;
  /** Identifier of the instance that its default target group leads to. */
  readonly targetIdentifier: string;
}

const page = { Marker: field.text.optional(), MaxRecords: field.whole.min(20).max(100).optional() };
const DescribeProxies = z.strictObject({ DBProxyName: field.text.optional(), ...page });
const DescribeTargets = z.strictObject({
  DBProxyName: field.text,
  TargetGroupName: field.text.optional(),
  ...page,
});

/** The operations on proxies that only look. No client of the laptop goes through a proxy. */
export const proxyOperations: Operations = {
  DescribeDBProxies: (context, fields) => {
    const { DBProxyName } = parseFields(DescribeProxies, fields);
    const found = DBProxyName === undefined ? context.proxies : [proxyOf(context.proxies, DBProxyName)];
    return {
      DBProxies: found.map(({ name }) => ({
        DBProxyName: name,
        Status: 'available',
        EngineFamily: 'POSTGRESQL',
      })),
    };
  },

  DescribeDBProxyTargets: (context, fields) => {
    const { DBProxyName } = parseFields(DescribeTargets, fields);
    const { targetIdentifier } = proxyOf(context.proxies, DBProxyName);
    const target: DBProxyTarget = {
      RdsResourceId: targetIdentifier,
      Endpoint: context.endpointOf(targetIdentifier).address,
      Port: context.endpointOf(targetIdentifier).port,
      Type: 'RDS_INSTANCE',
      Role: 'READ_WRITE',
      TargetHealth: { State: 'AVAILABLE' },
    };
    return { Targets: [target] };
  },
};

function proxyOf(proxies: readonly DbProxy[], name: string): DbProxy {
  const proxy = proxies.find((candidate) => candidate.name === name);
  if (proxy === undefined) throw new RdsRequestRefused('DBProxyNotFoundFault', `DBProxy ${name} not found.`);
  return proxy;
}
