import {
  DeregisterDBProxyTargetsCommand,
  DescribeDBProxyTargetsCommand,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds';
import type { CutOverProxy } from './cut-over.ts';
import { CutOverStateUnexpected, DatabaseInstanceBusy } from './errors.ts';
import { rds } from './rds.ts';

/** What a proxy leads to. */
export interface ProxyTarget {
  /** Identifier of an instance. */
  readonly identifier: string;
  /** `REGISTERING`, `AVAILABLE`, `UNAVAILABLE`, and whatever else RDS may say. */
  readonly state: string;
  /** Why it is not available, as far as RDS says. */
  readonly reason: string;
}

/**
 * The target of a proxy; undefined while it has none.
 * @throws {CutOverStateUnexpected} when there is no such proxy or target group.
 */
export async function findProxyTarget(proxy: CutOverProxy): Promise<ProxyTarget | undefined> {
  try {
    const { Targets = [] } = await rds().send(
      new DescribeDBProxyTargetsCommand({ DBProxyName: proxy.name, TargetGroupName: proxy.targetGroup }),
    );
    const [target] = Targets.filter(({ Type }) => Type === 'RDS_INSTANCE');
    if (target === undefined) return undefined;
    const { RdsResourceId: identifier = '', TargetHealth: health } = target;
    return {
      identifier,
      state: health?.State ?? 'unknown',
      reason: [health?.Reason, health?.Description].filter(Boolean).join(': '),
    };
  } catch (error) {
    throw proxyError(error);
  }
}

/**
 * Lets a proxy lead to an instance.
 * @throws {DatabaseInstanceBusy} when it leads somewhere already, or one of the two takes no change now.
 * @throws {CutOverStateUnexpected} when there is no such proxy or target group.
 */
export async function registerTarget(proxy: CutOverProxy, identifier: string): Promise<void> {
  await rds()
    .send(new RegisterDBProxyTargetsCommand(targetOf(proxy, identifier)))
    .catch((error: unknown) => {
      throw proxyError(error);
    });
}

/**
 * Takes an instance out of a proxy, which then leads nowhere.
 * @throws {DatabaseInstanceBusy} when it is out already, or the proxy takes no change now.
 * @throws {CutOverStateUnexpected} when there is no such proxy or target group.
 */
export async function deregisterTarget(proxy: CutOverProxy, identifier: string): Promise<void> {
  await rds()
    .send(new DeregisterDBProxyTargetsCommand(targetOf(proxy, identifier)))
    .catch((error: unknown) => {
      throw proxyError(error);
    });
}

function targetOf({ name, targetGroup }: CutOverProxy, identifier: string) {
  return { DBProxyName: name, TargetGroupName: targetGroup, DBInstanceIdentifiers: [identifier] };
}

/** Whatever another look may see differently is worth one: what was asked for may have been done with its answer lost. */
const BUSY = new Set([
  'DBProxyTargetAlreadyRegisteredFault',
  'DBProxyTargetNotFoundFault',
  'InvalidDBProxyStateFault',
  'InvalidDBInstanceStateFault',
  'DBInstanceNotFoundFault',
]);
const MISSING = new Set(['DBProxyNotFoundFault', 'DBProxyTargetGroupNotFoundFault']);

function proxyError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (BUSY.has(error.name)) return new DatabaseInstanceBusy(error.message, { cause: error });
  if (MISSING.has(error.name)) return new CutOverStateUnexpected(error.message, { cause: error });
  return error;
}
